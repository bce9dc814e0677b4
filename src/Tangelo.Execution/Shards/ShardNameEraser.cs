using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Execution.Shards;

/// <summary>Takes shards' names out of a node's errors and notices: the client knows <c>users_pkey</c>, not <c>users_pkey_102009</c>.</summary>
public static class ShardNameEraser
{
    /// <summary>The error as one PostgreSQL would have worded it.</summary>
    public static PgError Erase(PgError error, ClusterMap map)
    {
        string? Clean(string? text) => text is null ? null : ShardNameText.Erase(text, map);
        return error with
        {
            Message = Clean(error.Message)!,

            // It counts in the shard's text, which the client has not written.
            Position = null,
            Detail = Clean(error.Detail),
            Hint = Clean(error.Hint),
            Where = Clean(error.Where),
            Table = Clean(error.Table),
            Constraint = Clean(error.Constraint),
            InternalQuery = Clean(error.InternalQuery),
        };
    }
}
