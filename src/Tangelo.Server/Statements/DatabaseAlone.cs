using PgQuery;

namespace Tangelo.Server.Statements;

/// <summary>Statements that PostgreSQL runs only while nobody is in a database, not even a connection of ours that does nothing.</summary>
internal static class DatabaseAlone
{
    /// <summary>The database that has to be empty of sessions; null for other statements.</summary>
    public static string? Of(Node statement) => statement.NodeCase switch
    {
        Node.NodeOneofCase.DropdbStmt => statement.DropdbStmt.Dbname,
        Node.NodeOneofCase.RenameStmt when statement.RenameStmt.RenameType == ObjectType.ObjectDatabase => statement.RenameStmt.Subname,
        Node.NodeOneofCase.AlterDatabaseStmt when statement.AlterDatabaseStmt.Options.Any(o => o.DefElem.Defname == "tablespace") => statement.AlterDatabaseStmt.Dbname,
        Node.NodeOneofCase.CreatedbStmt => statement.CreatedbStmt.Options.FirstOrDefault(o => o.DefElem.Defname == "template")?.DefElem.Arg?.String?.Sval,
        _ => null,
    };
}
