using System.Globalization;
using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Values;

/// <summary>
/// tableoid of a distributed table is the OID of the table that the client knows: neither a shard's, nor that of the foreign table by which the
/// coordinator reads it. It is written into the statement.
/// </summary>
internal static class TableOids
{
    private const string Name = "tableoid";

    /// <summary>The request with the OIDs in place; the same one when it has none, or when they are not certain.</summary>
    internal static PlanRequest Replace(PlanRequest request)
    {
        if (request.Statement.Tree.NodeCase is not (Node.NodeOneofCase.SelectStmt or Node.NodeOneofCase.InsertStmt or Node.NodeOneofCase.UpdateStmt
                or Node.NodeOneofCase.DeleteStmt) || !Mentions(request.Statement.Tree))
            return request;
        var tables = Tables(request);
        if (tables.Count == 0)
            return request;

        var nullable = TreeWalker.Any(request.Statement.Tree, m => m is JoinExpr { Jointype: not JoinType.JoinInner });
        var tree = TreeRewriter.Rewrite(request.Statement.Tree, node =>
        {
            if (node.ResTarget is { Name: "", Val: not null } target && Mentions(target.Val) && OutputNames.Of(target) is var name && name != OutputNames.Anonymous)
                target.Name = name;
            return node.NodeCase == Node.NodeOneofCase.ColumnRef && OidOf(node.ColumnRef, tables) is { } oid ? Value(node, oid, nullable) : null;
        });
        return Deparser.TryDeparseFaithfully(tree, out var sql)
            ? request with { Statement = SqlParser.ParseOne(sql) }
            : request;
    }

    private static bool Mentions(Node node) => TreeWalker.Any(node, m => m is ColumnRef column && IsTableOid(column));

    private static bool IsTableOid(ColumnRef column) => column.Fields.Count > 0 && column.Fields[^1].String?.Sval == Name;

    // By the name that expressions use. A name that means two relations is left out, and so is one of a relation that is not distributed.
    private static Dictionary<string, uint> Tables(PlanRequest request)
    {
        var tables = new Dictionary<string, uint>();
        foreach (var group in RelationReferences.Collect(request.Statement.Tree).GroupBy(r => r.Range.NameInQuery()))
        {
            var oids = group.Select(r => request.Relations.GetValueOrDefault(new RelationName(r.Schema, r.Name))?.Oid.Value ?? 0).Distinct().ToList();
            if (oids is [var oid] && oid != 0)
                tables[group.Key] = request.Map.Find(new Core.Oid(oid)) is { IsPartitioned: false } ? oid : 0;
            else
                tables[group.Key] = 0;
        }

        return tables;
    }

    private static uint? OidOf(ColumnRef column, Dictionary<string, uint> tables)
    {
        if (!IsTableOid(column))
            return null;
        var oid = column.Fields.Count switch
        {
            1 when tables.Count == 1 => tables.Values.First(),
            > 1 when column.Fields[^2].String is { Sval: var name } => tables.GetValueOrDefault(name),
            _ => 0u,
        };
        return oid == 0 ? null : oid;
    }

    // Where an outer join has no row, tableoid is NULL.
    private static Node Value(Node reference, uint oid, bool nullable)
    {
        var constant = Casts.To(
            new Node { AConst = new A_Const { Sval = new PgQuery.String { Sval = oid.ToString(CultureInfo.InvariantCulture) } } }, "pg_catalog.oid");
        if (!nullable)
            return constant;
        var test = new Node { NullTest = new NullTest { Arg = reference.Clone(), Nulltesttype = NullTestType.IsNotNull } };
        var choice = new CaseExpr();
        choice.Args.Add(new Node { CaseWhen = new CaseWhen { Expr = test, Result = constant } });
        return new Node { CaseExpr = choice };
    }
}
