using System.Collections.Immutable;
using PgQuery;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>Makes the statement that carries rows to one shard.</summary>
internal static class InsertFrames
{
    private const string RowMarker = "tangelo_rows_of_the_shard";

    /// <summary>INSERT INTO shard (columns) VALUES marker ON CONFLICT ... RETURNING ...; null when it cannot be written.</summary>
    internal static ShardQuery? ForValues(PlanContext context, InsertStmt insert, IEnumerable<string> columns)
    {
        var frame = Bare(insert, columns);
        var row = new PgQuery.List();
        row.Items.Add(new Node { AConst = new A_Const { Sval = new PgQuery.String { Sval = RowMarker } } });
        var values = Select();
        values.ValuesLists.Add(new Node { List = row });
        frame.SelectStmt = new Node { SelectStmt = values };
        return context.Texts.TryDeparse(new Node { InsertStmt = frame }, out var query)
            ? Replace(query, $"('{RowMarker}')", MultiRowInsertPlan.RowsMarker)
            : null;
    }

    /// <summary>INSERT INTO shard (columns) SELECT c1, ... FROM marker AS r ON CONFLICT ... RETURNING ...; null when it cannot be written.</summary>
    internal static ShardQuery? ForRows(PlanContext context, InsertStmt insert, ImmutableArray<string> columns)
    {
        var frame = Bare(insert, columns);
        var select = Select();
        for (var i = 1; i <= columns.Length; i++)
        {
            var column = new ColumnRef();
            column.Fields.Add(new Node { String = new PgQuery.String { Sval = $"c{i}" } });
            select.TargetList.Add(new Node { ResTarget = new ResTarget { Val = new Node { ColumnRef = column } } });
        }

        var condition = new Node { AConst = new A_Const { Sval = new PgQuery.String { Sval = RowMarker } } };
        select.WhereClause = condition;
        frame.SelectStmt = new Node { SelectStmt = select };
        return context.Texts.TryDeparse(new Node { InsertStmt = frame }, out var query)
            ? Replace(query, $"WHERE '{RowMarker}'", $"FROM {InsertSelectPlan.RowsMarker} AS r")
            : null;
    }

    // Identity and sequences are the coordinator's: on a shard the columns are plain.
    private static InsertStmt Bare(InsertStmt insert, IEnumerable<string> columns)
    {
        var frame = new InsertStmt
        {
            Relation = insert.Relation.Clone(),
            OnConflictClause = insert.OnConflictClause?.Clone(),
            Override = OverridingKind.OverridingNotSet,
        };
        frame.ReturningList.Add(insert.ReturningList.Select(r => r.Clone()));
        frame.Cols.Add(columns.Select(c => new Node { ResTarget = new ResTarget { Name = c } }));
        return frame;
    }

    private static SelectStmt Select() => new() { LimitOption = LimitOption.Default, Op = SetOperation.SetopNone };

    /// <summary>The query with the first <paramref name="marker"/> replaced; null without one.</summary>
    internal static ShardQuery? Replace(ShardQuery query, string marker, string replacement)
    {
        var found = false;
        var parts = new List<ShardQueryPart>();
        foreach (var part in query.Parts)
        {
            if (!found && part is TextPart text && text.Text.IndexOf(marker, StringComparison.Ordinal) is >= 0 and var at)
            {
                parts.Add(new TextPart(text.Text[..at] + replacement + text.Text[(at + marker.Length)..]));
                found = true;
            }
            else
            {
                parts.Add(part);
            }
        }

        return found ? new ShardQuery(parts) : null;
    }
}
