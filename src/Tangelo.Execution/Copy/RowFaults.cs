using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>The errors of rows whose key leads to no shard.</summary>
internal sealed class RowFaults(CopyFromPlan plan, CopyKey key)
{
    /// <summary>The key is NULL, and the column forbids that.</summary>
    public PgException NullKey(long line)
    {
        var where = CopyErrors.AtLine(plan.Table.Name, line);
        return new PgException(new PgError
        {
            Code = SqlState.NotNullViolation,
            Message = $"null value in column \"{key.ColumnName}\" of relation \"{plan.Table.Name}\" violates not-null constraint",
            Schema = plan.Table.Schema,
            Table = plan.Table.Name,
            Column = key.ColumnName,
            Where = where,
        });
    }

    /// <summary>The key is no value of its type, as <paramref name="error"/> says; this adds where it stands.</summary>
    public PgException BadKey(PgException error, ReadOnlySpan<byte> value, long line)
    {
        var where = $"{CopyErrors.AtLine(plan.Table.Name, line)}, column {key.ColumnName}";
        if (plan.Options.Format != CopyFormat.Binary)
            where += $": \"{CopyErrors.Shown(value)}\"";
        return new PgException(error.Error with { Where = where }, error);
    }
}
