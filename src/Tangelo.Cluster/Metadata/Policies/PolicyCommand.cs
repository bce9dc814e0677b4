using System.Text;
using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Metadata.Policies;

/// <summary>
/// A row-level security policy with subqueries, as <c>tangelo_policy_commands</c> gives it: <c>{"name", "create", "using", "check"}</c>. The first
/// part is the template of CREATE POLICY without the conditions, which are <c>pg_get_expr</c>'s.
/// </summary>
internal sealed record PolicyCommand(string Name, ShardTemplate Create, string? Using, string? Check)
{
    public static PolicyCommand Parse(JsonElement policy) => new(
        policy.GetProperty("name").GetString()!,
        ShardTemplate.Parse(policy.GetProperty("create")),
        policy.GetProperty("using").GetString(),
        policy.GetProperty("check").GetString());

    /// <summary>The statement for the shards of <paramref name="table"/>; all tables that the policy may read are among <paramref name="tables"/>.</summary>
    /// <exception cref="PgException">0A000: a shard cannot check the policy.</exception>
    public ShardTemplate On(DistributedTable table, IReadOnlyDictionary<Oid, DistributedTable> tables) => new(
    [
        .. Create.Parts,
        .. Condition(" USING (", Using, table, tables),
        .. Condition(" WITH CHECK (", Check, table, tables),
    ]);

    private IEnumerable<ShardTemplate.Part> Condition(
        string opening, string? condition, DistributedTable table, IReadOnlyDictionary<Oid, DistributedTable> tables)
    {
        if (condition is null)
            return [];
        var readable = tables.Values.Append(table).DistinctBy(t => t.Relation).ToDictionary(t => (t.Schema, t.Name));
        var statement = Sql.Parsing.SqlParser.Parse(Encoding.UTF8.GetBytes(PolicyText.Prefix + condition))[0];
        var known = new PolicyPlaces(Name, table, readable).Verify(statement.Tree.SelectStmt.TargetList[0].ResTarget.Val);
        return [new(opening, default, null, null), .. PolicyText.Holes(statement, table, readable, known), new(")", default, null, null)];
    }
}
