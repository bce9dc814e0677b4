using Tangelo.Core;

namespace Tangelo.Sql.Parsing;

/// <summary>The limit on how deeply a statement may nest.</summary>
internal static class NestingBound
{
    internal static PgException Exceeded() => new(
        "54001",
        "stack depth limit exceeded",
        hint: "The statement nests more operators or subqueries than Tangelo can analyze. Use lists such as IN (...) or several statements instead.");
}
