using Tangelo.Compat.Tests.Comparison;

namespace Tangelo.Compat.Tests.Running;

/// <summary>A difference at one statement of a script.</summary>
internal sealed record Finding(int Line, string How, string Sql, Difference Difference)
{
    public override string ToString()
    {
        var sql = string.Join(' ', Sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return $"line {Line} ({How}): {(sql.Length > 240 ? sql[..240] + "..." : sql)}\n    {Difference}";
    }
}
