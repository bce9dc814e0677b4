using Google.Protobuf;
using PgQuery;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Statements;

/// <summary>
/// Finds parts of a statement that must not see what others change. PostgreSQL gives all of them the rows as they were at the beginning; foreign tables are read and changed
/// when their part runs.
/// </summary>
internal sealed class StatementParts
{
    private readonly Node _statement;
    private readonly List<Part> _parts = [];
    private readonly List<RelationReference> _reads;
    private readonly bool _hasWritingQueries;

    private StatementParts(Node statement)
    {
        _statement = statement;
        var references = RelationReferences.Collect(statement);
        _reads = [.. references.Where(r => r.Place == RelationPlace.FromItem)];
        TreeWalker.Visit(statement, message =>
        {
            var part = message switch
            {
                InsertStmt insert => new Part(insert, insert.Relation, insert.OnConflictClause is null, null, []),
                UpdateStmt update => new Part(update, update.Relation, false, update.FromClause.Count > 0 ? null : update.WhereClause, [.. update.TargetList.Select(t => t.ResTarget.Name)]),
                DeleteStmt delete => new Part(delete, delete.Relation, false, delete.UsingClause.Count > 0 ? null : delete.WhereClause, []),
                _ => null,
            };
            if (part is not null)
                _parts.Add(part);
            return true;
        });
        _hasWritingQueries = TreeWalker.Any(statement, m => m is CommonTableExpr { Ctequery: { } query } && _parts.Exists(p => ReferenceEquals(p.Statement, NodeOf(query))));
    }

    /// <summary>Those of a statement.</summary>
    public static IEnumerable<IgnoredConstruct> Of(Node statement)
    {
        var parts = new StatementParts(statement);
        return parts.TwoChanges().Concat(parts.Reads()).Concat(parts.Calls());
    }

    private IEnumerable<IgnoredConstruct> TwoChanges() =>
        from one in _parts
        from other in _parts
        where _parts.IndexOf(one) < _parts.IndexOf(other) && !(one.Inserts && other.Inserts) && !AreApart(one, other)
        select new IgnoredConstruct("changing a table in two parts of WITH", "Use two statements.", [(one.Inserts ? one : other).Name], [])
        {
            Others = [(one.Inserts ? other : one).Name],
            Inserts = one.Inserts || other.Inserts,
        };

    // The rows of a plain INSERT wait, but for those of partitions. What UPDATE and DELETE themselves read is known to come before what they change.
    private IEnumerable<IgnoredConstruct> Reads() =>
        from part in _parts
        where _hasWritingQueries || part.Inserts
        let inside = Those<RangeVar>(part.Statement)
        let others = _reads.Where(r => part.Inserts || !inside.Contains(r.Range)).Select(r => NameOf(r.Range)).Distinct().ToList()
        where others.Count > 0
        select new IgnoredConstruct("reading a partitioned table that the statement changes", "Use two statements, or store the rows in a temporary table first.", [part.Name], [])
        {
            Others = others,
            Inserts = part.Inserts,
        };

    private IEnumerable<IgnoredConstruct> Calls() =>
        from part in _parts
        where _hasWritingQueries
        let inside = Those<FuncCall>(part.Statement)
        let outside = Those<FuncCall>(_statement).Where(c => !inside.Contains(c)).Select(c => ((FuncCall)c).Funcname[^1].String.Sval).Distinct().ToList()
        where outside.Count > 0
        select new IgnoredConstruct("a STABLE function that may read a table which another part of WITH changes", "Call it before, in a statement of its own.", [part.Name], [])
        {
            Calls = outside,
            Inserts = part.Inserts,
        };

    // Different numbers in a column of the table that neither assigns.
    private static bool AreApart(Part one, Part other) =>
        one.Name == other.Name && Numbers(one.Condition).Any(n => !one.Assigned.Contains(n.Column) && !other.Assigned.Contains(n.Column)
            && Numbers(other.Condition).Any(o => o.Column == n.Column && o.Value != n.Value));

    private static IEnumerable<(string Column, int Value)> Numbers(Node? condition) => condition switch
    {
        { BoolExpr: { Boolop: BoolExprType.AndExpr } and } => and.Args.SelectMany(Numbers),
        { AExpr: { Kind: A_Expr_Kind.AexprOp, Name: [{ String.Sval: "=" }], Lexpr.ColumnRef: { Fields: [{ String.Sval: { } column }] }, Rexpr.AConst.Ival: { } number } } => [(column, number.Ival)],
        _ => [],
    };

    private static HashSet<IMessage> Those<T>(IMessage statement)
        where T : class, IMessage
    {
        var found = new HashSet<IMessage>(ReferenceEqualityComparer.Instance);
        TreeWalker.Visit(statement, message =>
        {
            if (message is T)
                found.Add(message);
            return true;
        });
        return found;
    }

    private static IMessage? NodeOf(Node node) => (IMessage?)node.InsertStmt ?? (IMessage?)node.UpdateStmt ?? node.DeleteStmt;

    private static NamedRelation NameOf(RangeVar range) => new(range.Schemaname, range.Relname);

    private sealed record Part(IMessage Statement, RangeVar Target, bool Inserts, Node? Condition, IReadOnlyList<string> Assigned)
    {
        public NamedRelation Name => NameOf(Target);
    }
}
