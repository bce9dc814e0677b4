using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Metadata.Policies;

/// <summary>
/// Whether a shard can check a policy: what its subqueries read has to be on the node of the row. That is so of reference tables, and of those rows of a co-located
/// table that have the same value of the distribution column as the row of the policy's own table (or as a row of a table of which this holds already).
/// </summary>
internal sealed class PolicyPlaces(
    string policy, DistributedTable table, IReadOnlyDictionary<(string Schema, string Name), DistributedTable> readable)
{
    private readonly HashSet<RangeVar> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>Gives the names of tables that may be those of shards.</summary>
    /// <exception cref="PgException">0A000: it cannot.</exception>
    public IReadOnlySet<RangeVar> Verify(Node condition)
    {
        Expression(condition, PolicyScope.Of(table), isPositive: true);
        return _known;
    }

    // Positive: NULL and false are the same here, because what is not true keeps the row away.
    private void Expression(Node? expression, PolicyScope scope, bool isPositive)
    {
        if (expression is null)
            return;
        if (expression.BoolExpr is { Boolop: BoolExprType.AndExpr or BoolExprType.OrExpr } operation)
        {
            foreach (var operand in operation.Args)
                Expression(operand, scope, isPositive);
        }
        else if (expression.SubLink is { } link)
        {
            Expression(link.Testexpr, scope, isPositive: false);
            var isEqual = link.SubLinkType == SubLinkType.AnySublink && (link.OperName.Count == 0 || PolicyScope.IsEqual(link.OperName));
            Query(link.Subselect.SelectStmt, scope, isPositive && isEqual ? Values(link.Testexpr) : []);
        }
        else
        {
            TreeWalker.Visit(expression, message =>
            {
                if (message is not SubLink inner)
                    return true;
                Expression(new Node { SubLink = inner }, scope, isPositive: false);
                return false;
            });
        }
    }

    private static ImmutableArray<Node> Values(Node? tested) => tested switch
    {
        null => [],
        { RowExpr: { } row } => [.. row.Args],
        _ => [tested],
    };

    /// <summary>Only rows of the query count whose first columns are equal to <paramref name="values"/>.</summary>
    private void Query(SelectStmt query, PolicyScope outer, ImmutableArray<Node> values)
    {
        var scope = outer.Inner();
        foreach (var common in query.WithClause?.Ctes.Select(c => c.CommonTableExpr) ?? [])
        {
            scope.AddQuery(common.Ctename);
            Query(common.Ctequery.SelectStmt, scope, []);
        }

        if (query.LimitCount is not null || query.LimitOffset is not null)
            values = [];
        Rest(query, scope);
        if (query.Op != SetOperation.SetopNone)
        {
            if (query.Op != SetOperation.SetopUnion)
                values = [];
            Query(query.Larg, scope, values);
            Query(query.Rarg, scope, values);
            return;
        }

        var read = new List<PolicyEntry>();
        foreach (var item in query.FromClause)
            From(item, scope, read, isInner: true);
        scope.AddConditions(query.WhereClause);
        if (query.GroupClause.Count == 0 && query.HavingClause is null && query.DistinctClause.All(d => d.NodeCase == Node.NodeOneofCase.None))
        {
            foreach (var (value, output) in values.Zip(query.TargetList.Select(t => t.ResTarget.Val)))
                scope.AddEquality(value, output);
        }

        Anchor(scope, read);
        foreach (var item in query.FromClause)
            Conditions(item, scope);
        Expression(query.WhereClause, scope, isPositive: true);
        foreach (var part in new[] { query.TargetList, query.DistinctClause, query.GroupClause, query.WindowClause, query.ValuesLists }.SelectMany(l => l).Append(query.HavingClause))
            Expression(part, scope, isPositive: false);
    }

    private void Rest(SelectStmt query, PolicyScope scope)
    {
        foreach (var part in query.SortClause.Append(query.LimitCount).Append(query.LimitOffset))
            Expression(part, scope, isPositive: false);
    }

    private void From(Node item, PolicyScope scope, List<PolicyEntry> read, bool isInner)
    {
        switch (item.NodeCase)
        {
            case Node.NodeOneofCase.RangeVar:
                read.AddRange(Table(item.RangeVar, scope));
                break;
            case Node.NodeOneofCase.JoinExpr:
                var join = item.JoinExpr;
                var isInnerJoin = isInner && join.Jointype == JoinType.JoinInner;
                From(join.Larg, scope, read, isInnerJoin || (isInner && join.Jointype == JoinType.JoinLeft));
                From(join.Rarg, scope, read, isInnerJoin);
                if (isInnerJoin)
                    scope.AddConditions(join.Quals);
                if (isInnerJoin && join is { Larg.RangeVar: { } left, Rarg.RangeVar: { } right })
                    scope.AddShared(Alias(left), Alias(right), join.UsingClause);
                break;
            case Node.NodeOneofCase.RangeSubselect:
                Query(item.RangeSubselect.Subquery.SelectStmt, scope, []);
                scope.AddQuery(item.RangeSubselect.Alias?.Aliasname);
                break;
            case Node.NodeOneofCase.RangeFunction:
                scope.AddQuery(item.RangeFunction.Alias?.Aliasname);
                break;
            default:
                throw Refused("A subquery of it reads something that is neither a table nor a function.", "Use tables.");
        }
    }

    // Subqueries in the conditions of joins and in functions that FROM calls.
    private void Conditions(Node item, PolicyScope scope)
    {
        if (item.JoinExpr is { } join)
        {
            Conditions(join.Larg, scope);
            Conditions(join.Rarg, scope);
            Expression(join.Quals, scope, isPositive: false);
        }
        else if (item.RangeFunction is not null)
        {
            Expression(item, scope, isPositive: false);
        }
    }

    private PolicyEntry[] Table(RangeVar range, PolicyScope scope)
    {
        var alias = Alias(range);
        if (range.Schemaname.Length == 0 && scope.HasQuery(range.Relname))
        {
            scope.AddQuery(alias);
            return [];
        }

        if (!readable.TryGetValue((range.Schemaname, range.Relname), out var found))
            throw Refused(
                $"\"{range.Relname}\" is neither a reference table nor a co-located one.",
                "Make it a reference table. Instead of a view write its query.");
        _known.Add(range);
        var entry = scope.AddTable(alias, found, isRenamed: range.Alias is { Colnames.Count: > 0 });
        if (found.IsReference)
            return [];
        if (table.IsReference || table.IsLocal || found.Colocation != table.Colocation)
            throw Refused(
                $"Rows of \"{found.Name}\" are on other nodes than those of \"{table.Name}\".",
                $"Make \"{found.Name}\" a reference table{(table.IsReference || table.IsLocal ? "" : ", or co-locate both")}.");
        return table.Method == DistributionMethod.Hash ? [entry] : [];
    }

    private static string Alias(RangeVar range) => range.Alias?.Aliasname ?? range.Relname;

    private void Anchor(PolicyScope scope, List<PolicyEntry> read)
    {
        while (read.RemoveAll(scope.TryAnchor) > 0)
        {
        }

        if (read.Count > 0)
            throw Refused(
                $"Rows of \"{read[0].Table.Name}\" are read whose distribution column may have another value than that of \"{table.Name}\".",
                $"Compare the two: {read[0].Table.Name}.{read[0].Table.DistributionColumn!.Name} = {table.Name}.{table.DistributionColumn!.Name}. Or make \"{read[0].Table.Name}\" a reference table.");
    }

    private PgException Refused(string detail, string hint) => new(
        SqlState.FeatureNotSupported, $"shards of table \"{table.Name}\" cannot check policy \"{policy}\"", detail, hint);
}
