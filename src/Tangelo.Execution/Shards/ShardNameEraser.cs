using System.Text.RegularExpressions;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Execution.Shards;

/// <summary>
/// Takes shard suffixes out of a node's errors and notices: the client knows <c>users_pkey</c>, not <c>users_pkey_102009</c>.
/// Only numbers that are shard ids of the map are taken for suffixes.
/// </summary>
public static partial class ShardNameEraser
{
    /// <summary>The error as one PostgreSQL would have worded it.</summary>
    public static PgError Erase(PgError error, ClusterMap map)
    {
        string? Clean(string? text) =>
            text is null ? null : Suffix().Replace(text, m => map.FindShard(new ShardId(long.Parse(m.Groups[1].ValueSpan))) is null ? m.Value : "");
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

    [GeneratedRegex(@"_([1-9][0-9]{5,17})(?![0-9A-Za-z_])", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
