using System.Text;
using Tangelo.Catalog;

namespace Tangelo.Planning.Plans;

/// <summary>Writes plans as indented text, one operator a line, for tests and logs.</summary>
public static class PlanPrinter
{
    /// <summary>The plan as a tree of named operators.</summary>
    public static string Print(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var text = new StringBuilder();
        Print(plan, 0, text);
        return text.ToString();
    }

    private static void Print(Plan plan, int depth, StringBuilder text)
    {
        switch (plan)
        {
            case CoordinatorPlan coordinator:
                Line(text, depth, $"Coordinator ({coordinator.Reason}{(coordinator.Why is null ? "" : ": " + coordinator.Why)})");
                Line(text, depth + 1, Encoding.UTF8.GetString(coordinator.Sql.Span));
                break;
            case ValuesFirstPlan values:
                Line(text, depth, "ValuesFirst");
                Line(text, depth + 1, values.Sql);
                Print(values.Inner, depth + 1, text);
                break;
            case ShardPlan shard:
                Line(text, depth, $"Shards {Selection(shard.Shards)} {shard.Kind}");
                Line(text, depth + 1, shard.Query.ToString());
                break;
            case CallPlan call:
                Line(text, depth, $"Call {Selection(call.Statement.Shards)}");
                Line(text, depth + 1, call.Statement.Query.ToString());
                break;
            case CurrentOfPlan current:
                Line(text, depth, $"Row of cursor {current.Cursor}");
                Line(text, depth + 1, current.Sql);
                break;
            case CombinePlan combine:
                Line(text, depth, $"Combine {combine.Strategy}");
                Line(text, depth + 1, combine.CombineSql);
                Print(combine.Inner, depth + 1, text);
                break;
            case RecursivePlan recursive:
                Line(text, depth, "Recursive");
                foreach (var subplan in recursive.Subplans)
                {
                    Line(text, depth + 1, $"Result {subplan.Id} ({subplan.Label}{(subplan.Split is null ? "" : ", " + subplan.Split)})");
                    Print(subplan.Source, depth + 2, text);
                }

                Print(recursive.Main, depth + 1, text);
                break;
            case ResultsPlan rest:
                Line(text, depth, "Results");
                Line(text, depth + 1, rest.Query.ToString());
                break;
            case LoopbackWritePlan write:
                Line(text, depth, $"LoopbackWrite {write.Kind} ({write.Why})");
                Line(text, depth + 1, write.Query.ToString());
                break;
            case LockedRowsPlan locked:
                Line(text, depth, $"LockedRows of {locked.Table}{(locked.Skips ? ", skipping" : "")}");
                Line(text, depth + 1, locked.Lock.ToString());
                Print(locked.Candidates, depth + 1, text);
                break;
            case KeyedLocksPlan keyed:
                Line(text, depth, $"KeyedLocks{(keyed.Tables.Any(t => t.Skips) ? ", skipping" : "")}");
                foreach (var table in keyed.Tables)
                    Print(table.Lock, depth + 1, text);
                Print(keyed.Rows, depth + 1, text);
                break;
            case LockedSubqueriesPlan first:
                Line(text, depth, "LockedSubqueries");
                foreach (var subquery in first.Subqueries)
                    Print(subquery.Rows, depth + 1, text);
                Print(first.Inner, depth + 1, text);
                break;
            case MultiRowInsertPlan insert:
                Line(text, depth, $"InsertRows into {insert.Table}, {insert.Rows.Length} rows{Defaults(insert.CoordinatorDefaults)}");
                Line(text, depth + 1, insert.Frame.ToString());
                break;
            case InsertSelectPlan insert:
                Line(text, depth, $"InsertSelect into {insert.Target}, key {insert.KeyIndex}{Defaults(insert.CoordinatorDefaults)}");
                Line(text, depth + 1, insert.Frame.ToString());
                Print(insert.Source, depth + 1, text);
                break;
            case MergePlan merge:
                Line(text, depth, $"Merge into {merge.Target}: {string.Join(", ", merge.Actions)}");
                Print(merge.Source, depth + 1, text);
                break;
            case CopyFromPlan copy:
                Line(text, depth, $"CopyFrom {(copy.File is null ? "" : $"{(copy.IsProgram ? "program" : "file")} {ShardNames.Literal(copy.File)} ")}{copy.Table} ({string.Join(", ", copy.Columns.Select(c => c.Name))}) {copy.Options.Format}{Defaults(copy.CoordinatorDefaults)}{(copy.Where is null ? "" : $" where {copy.Where}")}");
                break;
            case CopyToPlan copy:
                Line(text, depth, $"CopyTo {Selection(copy.Shards)}");
                Line(text, depth + 1, copy.Query.ToString());
                break;
            case DdlPlan ddl:
                Line(text, depth, $"Ddl{(ddl.Transactional ? "" : ", one after the other")}");
                Line(text, depth + 1, Encoding.UTF8.GetString(ddl.CoordinatorSql.Span));
                foreach (var part in ddl.Parts)
                    Line(text, depth + 1, part.Query.ToString());
                break;
            case RefreshPlan refresh:
                Line(text, depth, $"Refresh {refresh.View}");
                break;
            case ExplainPlan explain:
                Line(text, depth, $"Explain {explain.Options.Text}");
                Print(explain.Inner, depth + 1, text);
                break;
            default:
                Line(text, depth, plan.GetType().Name);
                break;
        }
    }

    private static string Selection(ShardSelection shards) => shards switch
    {
        AllShards => "all",
        NoShards => "none",
        ReferenceShard => "reference",
        FixedShards some => $"[{string.Join(", ", some.Indexes)}]",
        RangeShards range => $"within {string.Join(" and ", range.Conditions.Select(c => string.Join(" or ", c.Select(Interval))))}",
        KeyShards keys => $"of {string.Join(", ", keys.Keys.Select(Key))}",
        _ => shards.GetType().Name,
    };

    private static string Interval(KeyInterval interval) =>
        $"{(interval.IncludesLow ? '[' : '(')}{(interval.Low is { } low ? Key(low) : "")}, {(interval.High is { } high ? Key(high) : "")}{(interval.IncludesHigh ? ']' : ')')}";

    private static string Key(KeyOperand key) => key switch
    {
        LiteralKey literal => literal.Text is null ? "NULL" : $"'{literal.Text}'",
        ParameterKey parameter => $"${parameter.Number}",
        ArrayParameterKey array => $"ANY ${array.Number}",
        _ => key.ToString(),
    };

    private static string Defaults(IReadOnlyCollection<CoordinatorDefault> defaults) =>
        defaults.Count == 0 ? "" : $", computing {string.Join(", ", defaults.Select(d => d.Column))}";

    private static void Line(StringBuilder text, int depth, string line) => text.Append(' ', depth * 2).Append(line).Append('\n');
}
