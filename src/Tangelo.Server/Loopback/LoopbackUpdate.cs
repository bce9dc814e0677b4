using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Sql.Deparsing;

namespace Tangelo.Server.Loopback;

/// <summary>Pieces of the text that carries out, on one shard, an UPDATE as postgres_fdw sends it.</summary>
internal static class LoopbackUpdate
{
    /// <summary>The alias of its table as it follows the table's name.</summary>
    public static string Alias(UpdateStmt update) => update.Relation.Alias is { } alias ? " AS " + ShardNames.Quote(alias.Aliasname) : "";

    /// <summary>True for rows that lie in a partition, of a shard of the table around it.</summary>
    public static string IsIn(DistributedTable partition, int shard) =>
        $"tableoid = {OidOf(partition, shard)}";

    /// <summary>The OID of a shard on its node. Who may use the table around a partition need not be let into the partition's schema, so it is not asked for as a regclass.</summary>
    public static string OidOf(DistributedTable table, int shard) =>
        "(SELECT tangelo_c.oid FROM pg_catalog.pg_class tangelo_c JOIN pg_catalog.pg_namespace tangelo_n ON tangelo_n.oid = tangelo_c.relnamespace "
        + $"WHERE tangelo_n.nspname = {ShardNames.Literal(table.Schema)} AND tangelo_c.relname = {ShardNames.Literal(ShardNames.Extend(table.Name, table.Shards[shard].Id))})";

    /// <summary>The statement on a relation of the node, for the rows that fulfil its own condition and <paramref name="condition"/>.</summary>
    public static string Text(string relation, UpdateStmt update, string condition, string returning)
    {
        var assignments = update.TargetList.Select(t => $"{ShardNames.Quote(t.ResTarget.Name)} = {Deparser.DeparseExpression(t.ResTarget.Val)}");
        var own = update.WhereClause is null ? "" : $"({Deparser.DeparseExpression(update.WhereClause)}) AND ";
        return $"UPDATE {relation}{Alias(update)} SET {string.Join(", ", assignments)} WHERE {own}{condition}{(returning.Length == 0 ? "" : " RETURNING " + returning)}";
    }
}
