using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;

namespace Tangelo.Planning.Ddl;

/// <summary>
/// What the handlers of one statement share: its names resolved, and the answers of the coordinator's catalog. A question that
/// has no answer yet ends the planning with <see cref="ProbeNeededException"/>; it starts over when the answer is there.
/// </summary>
internal sealed class DdlContext(PlanRequest request)
{
    public ClusterMap Map => request.Map;

    /// <summary>The same for another statement, which stands for this one.</summary>
    public DdlContext With(ParsedStatement statement) => new(request with { Statement = statement });

    public ParsedStatement Statement => request.Statement;

    public FunctionCatalog Functions => request.Functions;

    /// <summary>The rows of a query on the coordinator's catalog.</summary>
    public IReadOnlyList<string?[]> Ask(string sql) =>
        request.Answers.TryGetValue(sql, out var rows) ? rows : throw new ProbeNeededException(sql);

    /// <summary>What the name means in this session, or null when there is no such relation.</summary>
    public ResolvedRelation? Resolve(RangeVar name)
    {
        if (request.Relations.TryGetValue(new RelationName(name.Schemaname, name.Relname), out var known))
            return known;

        var rows = Ask(
            "SELECT c.oid, c.relkind, n.nspname, c.relname, c.relpersistence = 't' FROM pg_catalog.pg_class c " +
            "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace " +
            $"WHERE c.oid = pg_catalog.to_regclass({ShardNames.Literal(Written(name))})");
        return rows.Count == 0
            ? null
            : new(new Oid(uint.Parse(rows[0][0]!)), rows[0][1]![0], rows[0][2]!, rows[0][3]!, rows[0][4] == "t");
    }

    /// <summary>The distributed or reference table of this name, or null.</summary>
    public DistributedTable? FindTable(RangeVar? name) =>
        name is null || !Map.MayBeDistributed(name.Relname) || Resolve(name) is not { } found ? null : Map.Find(found.Oid);

    /// <summary>The distributed table an index belongs to, and the index; null for another table's, or when there is no such index.</summary>
    public TableIndex? FindIndex(RangeVar name)
    {
        if (Map.Tables.IsEmpty || Resolve(name) is not { Kind: 'i' or 'I' } index)
            return null;
        var rows = Ask($"SELECT indrelid::pg_catalog.oid FROM pg_catalog.pg_index WHERE indexrelid = {index.Oid}");
        return rows.Count > 0 && Map.Find(new Oid(uint.Parse(rows[0][0]!))) is { } table ? new(table, index.Name) : null;
    }

    /// <summary>pg_constraint.contype of a table's constraint, or null.</summary>
    public char? ConstraintType(DistributedTable table, string name)
    {
        var rows = Ask(
            $"SELECT contype FROM pg_catalog.pg_constraint WHERE conrelid = {table.Relation} AND conname = {ShardNames.Literal(name)}");
        return rows.Count == 0 ? null : rows[0][0]![0];
    }

    /// <summary>The plan for a statement that concerns the coordinator's catalog only.</summary>
    public Plan OnCoordinator() => new CoordinatorPlan(Statement.Text, CoordinatorReason.Local);

    /// <summary>The name as SQL.</summary>
    public static string Written(RangeVar name) =>
        name.Schemaname.Length == 0 ? ShardNames.Quote(name.Relname) : ShardNames.QuoteQualified(name.Schemaname, name.Relname);
}

/// <summary>An index of a distributed table; it lies in the table's schema.</summary>
internal sealed record TableIndex(DistributedTable Table, string Name);

/// <summary>The statement can be planned once <paramref name="sql"/> has run, in its transaction.</summary>
internal sealed class PreparationNeededException(string sql) : Exception
{
    public string Sql => sql;
}

/// <summary>Planning needs the rows of <paramref name="sql"/> from the coordinator.</summary>
internal sealed class ProbeNeededException(string sql) : Exception
{
    public string Sql => sql;
}
