using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.ReadFirst;
using Tangelo.Planning.Recursive;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.PushDown;

/// <summary>
/// UPDATE and DELETE of a reference table whose rows and values each copy could compute differently, or not at all, and of a table that the statement
/// reads again for each row: a query finds the keys of the rows and their new values once, and the shards are changed by them.
/// </summary>
internal sealed class RowsFirstPlanner
{
    private const string Source = "tangelo_source";
    private const string RowMarker = "tangelo_rows_of_the_table";

    private readonly PlanContext _context;
    private readonly DistributedTable _table;
    private readonly RangeVar _target;
    private readonly string _name;
    private readonly SelectStmt _source = Trees.Select();
    private readonly bool _overLoopback;

    private RowsFirstPlanner(PlanContext context, DistributedTable table, RangeVar target, bool overLoopback)
    {
        _overLoopback = overLoopback;
        _context = context;
        _table = table;
        _target = target;
        _name = target.NameInQuery();
    }

    /// <summary>The same for a table that may have no key: the coordinator finds the rows again by their places, and changes them.</summary>
    internal static PlanResult OverLoopback(PlanContext context, DistributedTable table, Rejection rejection) => context.Tree switch
    {
        { UpdateStmt: { } update } => Plan(context, table, update, rejection, overLoopback: true),
        { DeleteStmt: { } delete } => Plan(context, table, delete, rejection, overLoopback: true),
        _ => rejection,
    };

    internal static PlanResult Plan(PlanContext context, DistributedTable table, UpdateStmt update, Rejection rejection, bool overLoopback = false)
    {
        var planner = new RowsFirstPlanner(context, table, update.Relation, overLoopback);
        if (!planner.TryFindRows(update.FromClause, update.WhereClause, update.WithClause))
            return rejection;
        var frame = new UpdateStmt { Relation = update.Relation.Clone() };
        foreach (var target in update.TargetList.Select(t => t.ResTarget))
        {
            if (target.Indirection.Count > 0 || planner.Value(target) is not { } value)
                return rejection;
            frame.TargetList.Add(Trees.Target(planner.Add(value), target.Name));
        }

        if (!planner.TryReturn(update.ReturningList, frame.ReturningList, update.FromClause.Count > 0))
            return rejection;
        frame.FromClause.Add(planner.Rows());
        frame.WhereClause = planner.SameKey();
        return planner.Finish(new Node { UpdateStmt = frame }, StatementKind.Update, update.ReturningList.Count > 0, rejection);
    }

    internal static PlanResult Plan(PlanContext context, DistributedTable table, DeleteStmt delete, Rejection rejection, bool overLoopback = false)
    {
        var planner = new RowsFirstPlanner(context, table, delete.Relation, overLoopback);
        var frame = new DeleteStmt { Relation = delete.Relation.Clone() };
        if (!planner.TryFindRows(delete.UsingClause, delete.WhereClause, delete.WithClause)
            || !planner.TryReturn(delete.ReturningList, frame.ReturningList, delete.UsingClause.Count > 0))
            return rejection;
        frame.UsingClause.Add(planner.Rows());
        frame.WhereClause = planner.SameKey();
        return planner.Finish(new Node { DeleteStmt = frame }, StatementKind.Delete, delete.ReturningList.Count > 0, rejection);
    }

    private IReadOnlyList<string> Key() => KeyOf(_context, _table.Relation);

    /// <summary>The columns of a table's key whose values are never NULL; empty without one.</summary>
    internal static IReadOnlyList<string> KeyOf(PlanContext context, Oid table) => [.. context.Ask(
        $"""
        SELECT a.attname FROM (
            SELECT indrelid, (indkey::pg_catalog.int2[])[0:indnkeyatts - 1] AS columns FROM pg_catalog.pg_index i
            WHERE indrelid = {table} AND indisunique AND indisvalid AND indimmediate AND indpred IS NULL AND indexprs IS NULL
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute n
                  WHERE n.attrelid = i.indrelid AND n.attnum = ANY ((indkey::pg_catalog.int2[])[0:indnkeyatts - 1]) AND NOT n.attnotnull)
            ORDER BY indisprimary DESC, indexrelid LIMIT 1) k
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.indrelid AND a.attnum = ANY (k.columns) ORDER BY a.attnum
        """).Select(r => r[0]!)];

    // SELECT DISTINCT ON (key) key FROM target, ... WHERE ...: of several matches of a row PostgreSQL takes any one, too.
    private bool TryFindRows(IEnumerable<Node> from, Node? where, WithClause? with)
    {
        if (TreeWalker.Any(_context.Tree, m => m is CurrentOfExpr) || NestedWrites.Any(_context.Tree))
            return false;
        var key = _overLoopback ? RowPlaces.ColumnsOf(_table) : Key();
        if (!_overLoopback && (key.Count == 0 || !_table.IsReference && !key.Contains(_table.DistributionColumn?.Name ?? "")))
            return false;
        _source.FromClause.Add(new Node { RangeVar = _target.Clone() });
        _source.FromClause.Add(from.Select(f => f.Clone()));
        _source.WhereClause = where?.Clone();
        _source.WithClause = with?.Clone();
        foreach (var column in key)
        {
            _source.DistinctClause.Add(Trees.Column(_name, column));
            Add(Trees.Column(_name, column));
        }

        return true;
    }

    private Node? Value(ResTarget target)
    {
        if (_table.FindColumn(target.Name) is not { } column)
            return null;
        var value = target.Val;
        if (value.MultiAssignRef is { } several)
            value = several.Source.RowExpr?.Args[several.Colno - 1];
        if (value is null)
            return null;
        if (InsertTarget.IsDefault(value))
            value = column.Default is null ? new Node { AConst = new A_Const { Isnull = true } } : SqlParser.ParseExpression(column.Default);
        return value.NodeCase == Node.NodeOneofCase.RowExpr ? Casts.To(value, column.TypeName) : Casts.ToColumn(value, column);
    }

    // What RETURNING takes from the table itself is read where it is changed; the rest comes with the rows.
    private bool TryReturn(IEnumerable<Node> returning, Google.Protobuf.Collections.RepeatedField<Node> into, bool joins)
    {
        foreach (var target in returning.Select(r => r.ResTarget))
        {
            var facts = StatementFacts.Of(_context.Request, target.Val, _context.Analyzer.Functions);
            if (facts.WhyCoordinator is not null || facts.Unsteady is not null || TreeWalker.Any(target.Val, m => m is SubLink))
                return false;
            if (target.Val.ColumnRef is { Fields.Count: 1 } star && star.Fields[0].NodeCase == Node.NodeOneofCase.AStar)
            {
                if (joins)
                    return false;
                into.Add(new Node { ResTarget = new ResTarget { Val = StarOfTarget() } });
                continue;
            }

            var certain = true;
            var value = TreeRewriter.Rewrite(target.Val, node =>
            {
                if (node.NodeCase != Node.NodeOneofCase.ColumnRef)
                    return null;
                var fields = node.ColumnRef.Fields;
                if (fields.Count > 1 && fields[^2].String?.Sval == _name)
                    return node;
                if (fields.Count == 1 && fields[0].String is { Sval: var column } && _table.FindColumn(column) is not null)
                    return Trees.Column(_name, column);

                // Whole rows do not come up as one column.
                certain &= fields[^1].NodeCase == Node.NodeOneofCase.String && fields[^1].String.Sval != _name;
                return certain ? Add(node) : node;
            });
            if (!certain)
                return false;
            into.Add(Trees.Target(value, OutputNames.Of(target) is var name && name != OutputNames.Anonymous && !Syntax.IsStar(new Node { ResTarget = target }) ? name : null));
        }

        return true;
    }

    private Node StarOfTarget()
    {
        var star = new ColumnRef();
        star.Fields.Add(Trees.Name(_name));
        star.Fields.Add(new Node { AStar = new A_Star() });
        return new Node { ColumnRef = star };
    }

    // Another column of the source; the result names it.
    private Node Add(Node value)
    {
        _source.TargetList.Add(Trees.Target(value.Clone()));
        return Trees.Column(Source, Trees.ColumnName(_source.TargetList.Count - 1));
    }

    // The key's columns are the first of the source.
    private int KeyIndex() => _table.IsReference ? -1 : Key().ToList().IndexOf(_table.DistributionColumn!.Name);

    private Node SameKey() =>
        ConditionList.And([.. _source.DistinctClause.Select((k, i) => Trees.Operator("=", k.Clone(), Trees.Column(Source, Trees.ColumnName(i))))])!;

    private Node Rows() => _overLoopback
        ? Results.Read(Subplan.NameOf(1), new Alias { Aliasname = Source })
        : SqlParser.ParseOne($"SELECT FROM {RowMarker}() AS {Source}").Tree.SelectStmt.FromClause[0];

    private PlanResult Finish(Node statement, StatementKind kind, bool returns, Rejection rejection)
    {
        var source = new Node { SelectStmt = _source };
        if (_overLoopback)
            return OverLoopback(statement, source, kind, rejection);
        if (!_context.Texts.TryDeparse(statement, out var text)
            || InsertFrames.Replace(text, $"{RowMarker}()", InsertSelectPlan.RowsMarker) is not { } frame
            || !Deparser.TryDeparseFaithfully(source, out var describe)
            || _context.PlanPart(source) is not { } rows)
            return rejection;
        var columns = _source.TargetList.Select((_, i) => Trees.ColumnName(i)).ToImmutableArray();
        return new InsertSelectPlan(rows, _table, frame, columns, KeyIndex(), [], returns, describe) { Kind = kind };
    }

    private PlanResult OverLoopback(Node statement, Node source, StatementKind kind, Rejection rejection)
    {
        if (LoopbackTexts.MayHoldNames(_context.Request.Statement.Sql) || !Deparser.TryDeparseFaithfully(source, out var sql) || LoopbackTexts.Of(statement) is not { } query
            || _context.PlanPart(source) is not CoordinatorPlan rows)
            return rejection;
        var columns = _source.TargetList.Select((_, i) => new IntermediateColumn(Trees.ColumnName(i)));
        return new RecursivePlan(
            [new Subplan(1, rows, sql, [.. columns]) { Label = _name, EstimatedRows = 1000 }], new LoopbackWritePlan(query, kind, [_table], rejection.Reason));
    }
}
