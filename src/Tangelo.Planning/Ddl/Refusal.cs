using Tangelo.Core;

namespace Tangelo.Planning.Ddl;

/// <summary>Errors for what a distributed table cannot do.</summary>
internal static class Refusal
{
    public static PgException NotSupported(string message, string? detail = null, string? hint = null) =>
        new(SqlState.FeatureNotSupported, message, detail, hint);
}
