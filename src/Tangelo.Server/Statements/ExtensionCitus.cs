using PgQuery;
using Tangelo.Planning.Plans;

namespace Tangelo.Server.Statements;

/// <summary>
/// CREATE, ALTER and DROP EXTENSION citus. There is no such extension on any server; the metadata keeps whether somebody created it, and the
/// catalogs show it then.
/// </summary>
internal static class ExtensionCitus
{
    private const string Name = "citus";

    public static bool IsCreate(Node statement) => statement.CreateExtensionStmt?.Extname == Name;

    /// <summary>True for any statement about the extension.</summary>
    public static bool IsMeant(Node statement) =>
        IsCreate(statement) || statement.AlterExtensionStmt?.Extname == Name || IsDrop(statement.DropStmt);

    /// <summary>The plan of a statement that is about the extension.</summary>
    public static DdlPlan Plan(Node statement)
    {
        var (function, tag) = statement.NodeCase switch
        {
            Node.NodeOneofCase.CreateExtensionStmt => ($"create_extension({Literal(statement.CreateExtensionStmt.IfNotExists)})", "CREATE EXTENSION"),
            Node.NodeOneofCase.AlterExtensionStmt => ("alter_extension()", "ALTER EXTENSION"),
            _ => ($"drop_extension({Literal(statement.DropStmt.MissingOk)})", "DROP EXTENSION"),
        };
        return new DdlPlan(default, [], Transactional: true, ChangesMetadata: false)
        {
            Before = [$"SELECT pg_catalog.tangelo_{function}"],
            CommandTag = tag,
        };
    }

    private static bool IsDrop(DropStmt? drop) =>
        drop is { RemoveType: ObjectType.ObjectExtension, Objects.Count: 1 } && drop.Objects[0].String?.Sval == Name;

    private static string Literal(bool value) => value ? "true" : "false";
}
