using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Values;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Copy;

/// <summary>COPY between shards and a client, or from a file or program. What is written there is the coordinator's.</summary>
internal static class CopyPlanner
{
    internal static PlanResult Plan(PlanContext context, CopyStmt copy)
    {
        var result = PlanForShards(context, copy);
        if (!result.Succeeded(out _) && copy.IsFrom && CopyOptionReader.Without(copy, CopyOptionReader.IsMaster) is { } changed)
            return new CoordinatorPlan(Encoding.UTF8.GetBytes(DdlText.Write(new Node { CopyStmt = changed })), CoordinatorReason.Loopback, result.Rejection?.Reason);

        // COPY of a table reads that table alone, and the coordinator's is empty: a query reads what hangs below it.
        return !result.Succeeded(out _) && !copy.IsFrom && copy.Relation is not null && context.TableOf(copy.Relation) is { } table
            && Columns(copy, table) is { } columns
            ? new CoordinatorPlan(Encoding.UTF8.GetBytes(DdlText.Write(AsQuery(copy, columns))), CoordinatorReason.Loopback, result.Rejection?.Reason)
            : result;
    }

    private static Node AsQuery(CopyStmt copy, ImmutableArray<TableColumn> columns)
    {
        var query = copy.Clone();
        query.Relation = null;
        query.Attlist.Clear();
        var select = new SelectStmt { Op = SetOperation.SetopNone, LimitOption = LimitOption.Default };
        select.FromClause.Add(new Node { RangeVar = copy.Relation.Clone() });
        foreach (var column in columns)
        {
            var reference = new ColumnRef();
            reference.Fields.Add(new Node { String = new PgQuery.String { Sval = column.Name } });
            select.TargetList.Add(new Node { ResTarget = new ResTarget { Val = new Node { ColumnRef = reference } } });
        }

        query.Query = new Node { SelectStmt = select };
        return new Node { CopyStmt = query };
    }

    private static PlanResult PlanForShards(PlanContext context, CopyStmt copy)
    {
        if (copy.Filename.Length > 0 && !copy.IsFrom)
            return Rejection.Unsupported("COPY to a program or file runs on the coordinator");
        if (CopyOptionReader.Read(copy) is not { } options)
            return Rejection.Unsupported("an option of COPY is not known");
        if (copy.Filename.Length > 0 && options.Format == CopyFormat.Binary && CopyOptionReader.Without(copy, CopyOptionReader.IsOfText) is not null)
            return Rejection.Unsupported("an option of COPY is none of the binary format");
        if (copy.Query is not null)
            return PlanQuery(context, copy.Query, options);
        if (copy.Relation is null || context.TableOf(copy.Relation) is not { } table)
            return Rejection.Unsupported("the relation is not a distributed table");
        return copy.IsFrom ? PlanFrom(context, copy, table, options) : PlanTo(copy, table, options);
    }

    private static PlanResult PlanFrom(PlanContext context, CopyStmt copy, DistributedTable table, CopyOptions options)
    {
        if (Columns(copy, table) is not { } columns)
            return Rejection.Unsupported("a column is not known");
        if (options.AppendTo is not null && table.Method != DistributionMethod.Append)
            throw new PgException(SqlState.FeatureNotSupported, "append_to_shard is only valid for append-distributed tables");
        string? where = null;
        if (copy.WhereClause is not null && (where = CopyCondition.ForShards(context, copy, table)) is null)
            return Rejection.Unsupported("the condition of COPY is not one for shards");
        var target = new InsertTarget(table, columns);
        ImmutableArray<CoordinatorDefault> defaults =
            [.. target.MissingDefaults().AddRange(MissingValues(target)).Select(d => d with { IsSteady = IsSteady(context, table.FindColumn(d.Column)) })];
        if (where is null && table.DistributionColumn is { NotNull: true } key && target.KeyIndex < 0 && defaults.All(d => d.Column != key.Name))
            throw target.MissingKey();
        return new CopyFromPlan(table, columns, options with { KeyNulls = CopyOptionReader.NullsOf(copy, table.DistributionColumn?.Name) }, defaults)
        {
            StatementText = copy.Filename.Length > 0 ? TextForNoFile(copy, options.Format) : TextForPostgres(context, copy),
            File = copy.Filename.Length > 0 ? copy.Filename : null,
            IsProgram = copy.IsProgram,
            Where = where,
        };
    }

    private static byte[] TextForPostgres(PlanContext context, CopyStmt copy) => CopyOptionReader.Without(copy, CopyOptionReader.IsOwn) is { } rest
        ? Encoding.UTF8.GetBytes(DdlText.Write(new Node { CopyStmt = rest }))
        : context.Request.Statement.Text;

    // An empty file is wrong where it has to begin with a header, so that is not asked for.
    private static byte[] TextForNoFile(CopyStmt copy, CopyFormat format)
    {
        var rest = CopyOptionReader.Without(copy, o => CopyOptionReader.IsOwn(o) || o == "header" || (format == CopyFormat.Binary && o == "format")) ?? copy.Clone();
        rest.Filename = copy.IsProgram ? "true" : "/dev/null";
        return Encoding.UTF8.GetBytes(DdlText.Write(new Node { CopyStmt = rest }));
    }

    // now() and its like: one value for the whole COPY.
    private static IEnumerable<CoordinatorDefault> MissingValues(InsertTarget target) => target.Table.Columns
        .Where(c => !target.Columns.Contains(c) && !target.IsForCoordinator(c, target.Table.MayHaveCopies) && DefaultValues.Of(c) is not null)
        .Select(c => new CoordinatorDefault(c.Name, c.Default!, c.TypeName));

    private static bool IsSteady(PlanContext context, TableColumn? column) =>
        DefaultValues.Of(column) is { } value && !TreeWalker.Any(value, m => m is FuncCall call && context.Analyzer.Functions.IsVolatile(call));

    private static PlanResult PlanTo(CopyStmt copy, DistributedTable table, CopyOptions options)
    {
        if (Columns(copy, table) is not { } columns)
            return Rejection.Unsupported("a column is not known");
        // Named always: a shard may number its columns otherwise.
        var list = string.Join(", ", columns.Select(c => ShardNames.Quote(c.Name)));
        var query = table.Shards.IsEmpty ? new ShardQuery(
        [
            new TextPart($"COPY (SELECT {list} FROM "),
            new ShardNamePart(table, table.Name),
            new TextPart($" AS rows) TO STDOUT{Suffix(options)}"),
        ]) : new ShardQuery(
        [
            new TextPart("COPY "),
            new ShardNamePart(table, table.Name),
            new TextPart($" ({list}) TO STDOUT{Suffix(options)}"),
        ]);
        ShardSelection shards = table.IsReference ? new ReferenceShard(table) : new AllShards(table);
        return new CopyToPlan(query, shards, options, columns.Length) { ColumnNames = [.. columns.Select(c => c.Name)] };
    }

    private static PlanResult PlanQuery(PlanContext context, Node query, CopyOptions options)
    {
        if (context.PlanPart(query) is not ShardPlan { Kind: StatementKind.Select } plan)
            return Rejection.Unsupported("the rows of the query have to be combined first");
        var outputs = query.SelectStmt is { } select
            ? context.Analyzer.AnalyzeSelect(select, null, Analysis.CommonTables.None).Outputs
            : null;
        if (outputs is null)
            return Rejection.Unsupported("the columns of the query are not known");
        ShardQueryPart[] parts = [new TextPart("COPY ("), .. plan.Query.Parts, new TextPart($") TO STDOUT{Suffix(options)}")];
        return new CopyToPlan(new ShardQuery(parts), plan.Shards, options, outputs.Count) { ColumnNames = [.. outputs.Select(o => o.Name)] };
    }

    private static string Suffix(CopyOptions options) => options.ShardText.Length == 0 ? "" : $" WITH {options.ShardText}";

    private static ImmutableArray<TableColumn>? Columns(CopyStmt copy, DistributedTable table)
    {
        if (copy.Attlist.Count == 0)
            return [.. table.Columns.Where(c => !c.IsGenerated).OrderBy(c => c.Number)];
        var columns = copy.Attlist.Select(a => table.FindColumn(a.String.Sval)).ToList();
        return columns.Contains(null) || columns.Exists(c => c!.IsGenerated) ? null : [.. columns!];
    }
}
