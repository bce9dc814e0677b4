using Tangelo.Catalog;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Ddl;

/// <summary>Statements for nodes that may or may not have the object in question.</summary>
internal static class NodeCommand
{
    /// <summary>Runs <paramref name="command"/> only where the SQL condition holds.</summary>
    public static NodePart When(string condition, string command) =>
        new("DO " + ShardNames.Literal($"BEGIN IF {condition} THEN EXECUTE {ShardNames.Literal(command)}; END IF; END"));

    /// <summary>Makes a schema where it is missing.</summary>
    public static NodePart EnsureSchema(string schema) => new($"CREATE SCHEMA IF NOT EXISTS {ShardNames.Quote(schema)}");

    /// <summary>The condition that a schema is there.</summary>
    public static string SchemaExists(string schema) => $"pg_catalog.to_regnamespace({ShardNames.Literal(ShardNames.Quote(schema))}) IS NOT NULL";

    /// <summary>The condition that a type is there.</summary>
    public static string TypeExists(string schema, string name) =>
        $"pg_catalog.to_regtype({ShardNames.Literal(ShardNames.QuoteQualified(schema, name))}) IS NOT NULL";

    /// <summary>The condition that a role is there.</summary>
    public static string RoleExists(string role) => $"EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {ShardNames.Literal(role)})";
}
