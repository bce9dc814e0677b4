using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Server.Settings;

/// <summary>
/// ALTER SYSTEM SET and RESET of a setting that begins with citus. PostgreSQL keeps those as settings of the database, so that is where a value goes: it is in
/// force for the sessions that begin afterwards, and for the routers.
/// </summary>
internal static class AlterSystem
{
    private const string Tag = "ALTER SYSTEM";

    /// <summary>The plan of such a statement, and what the client is told; null for any other.</summary>
    /// <param name="statement">Any statement.</param>
    /// <param name="settings">Those of the database.</param>
    /// <param name="database">Its name.</param>
    /// <param name="isSuperuser">Whether the session's role is one.</param>
    /// <exception cref="PgException">The value, or setting it at all, is refused.</exception>
    public static (DdlPlan Plan, PgError? Notice)? Plan(Node statement, ClusterSettings settings, string database, bool isSuperuser)
    {
        if (statement.AlterSystemStmt?.Setstmt is not { } set || !ClusterSettings.IsMeant(set.Name))
            return null;
        if (!isSuperuser)
            throw new PgException(SqlState.InsufficientPrivilege, $"permission denied to set parameter \"{set.Name}\"");
        var (name, value, notice) = settings.ForSystem(set);
        var sql = $"ALTER DATABASE {ShardNames.Quote(database)} SET {name} = {ShardNames.Literal(value)}";
        var plan = new DdlPlan(Encoding.UTF8.GetBytes(sql), [], Transactional: true, ChangesMetadata: false) { NotInBlock = Tag, ClientTag = Tag };
        return (plan, notice);
    }
}
