using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Parsing;
using Tangelo.Workers.Transactions;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>How a statement of the loopback runs when the coordinator acts as another role than the session's.</summary>
/// <param name="Transaction">The connections to the nodes.</param>
/// <param name="Settings">What they are set to.</param>
internal sealed record Acting(DistributedTransaction Transaction, SessionSettings Settings);

/// <summary>
/// The role that the coordinator acts as in a loopback connection: the owner of a view or of a SECURITY DEFINER function, or whom SET ROLE names inside
/// of a function. Where rights or row-level security make that a difference, the shards have to see that role and not the session's.
/// </summary>
internal sealed class ActingRole(SessionContext session, uint? role)
{
    private const string Prefix = "tangelo_loopback:";

    // What this transaction has made is not seen: then nothing is taken for granted.
    private const string FactsSql =
        """
        SELECT r.rolname::text, coalesce(pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER'), false), coalesce(m.rolsuper, false),
            coalesce(c.relrowsecurity AND pg_catalog.tangelo_sees_other_rows(s.oid, r.oid, c.oid), true),
            coalesce(pg_catalog.has_table_privilege(s.oid, c.oid, 'SELECT'), false),
            coalesce(r.rolsuper OR r.rolbypassrls OR NOT c.relrowsecurity OR (NOT c.relforcerowsecurity AND pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE')), false)
            OR c.oid IS NOT NULL AND NOT EXISTS (
                SELECT FROM pg_catalog.tangelo_user_policy p WHERE p.polrelid = c.oid AND (
                    pg_catalog.concat(pg_catalog.pg_get_expr(p.polqual, c.oid), pg_catalog.pg_get_expr(p.polwithcheck, c.oid)) ~* E'(_user|current_role|_has_role|_privilege|row_security)\\M'
                    OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
                        AND (d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass OR d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid)))),
            CASE WHEN o.rolsuper OR NOT c.relforcerowsecurity THEN o.rolname::text END, o.oid
        FROM pg_catalog.pg_roles r
        LEFT JOIN pg_catalog.pg_roles s ON s.rolname = $2 LEFT JOIN pg_catalog.pg_roles m ON m.rolname = $3
        LEFT JOIN pg_catalog.pg_class c ON c.oid = $4 LEFT JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
        WHERE r.oid = $1
        """;

    private readonly Dictionary<(Oid Table, string Role, string User), (long Version, Facts Facts)> _known = [];

    /// <summary>The role of a connection by the user name of its mapping; null for the mapping that is everybody's.</summary>
    public static uint? Of(string user) =>
        user.StartsWith(Prefix, StringComparison.Ordinal) && uint.TryParse(user.AsSpan(Prefix.Length), out var oid) ? oid : null;

    /// <summary>How to run the statement on these tables; null: as the session does anything.</summary>
    /// <exception cref="PgException">0A000: the shards cannot be shown that role here.</exception>
    public async ValueTask<Acting?> ForAsync(ParsedStatement statement, IEnumerable<DistributedTable> tables, CancellationToken cancellation)
    {
        var settings = session.KnownSettings;
        var own = settings.Role ?? session.User;
        if ((role ?? await UnmappedAsync(own, cancellation).ConfigureAwait(false)) is not { } oid
            || await session.Database.RoleNameAsync(oid, cancellation).ConfigureAwait(false) is not { } name || name == own)
        {
            return null;
        }

        var inserts = statement.Tree.NodeCase is Node.NodeOneofCase.InsertStmt;
        var reads = statement.Tree.SelectStmt is { LockingClause.Count: 0 };
        Acting? acting = null;
        foreach (var table in tables)
        {
            var facts = await FactsAsync(oid, own, settings, table, inserts || !session.Metadata.SchemaIsChanged, cancellation).ConfigureAwait(false);
            if (facts is null || facts.Name == own)
                continue;
            if (inserts)
            {
                // PostgreSQL has checked rights and policies on the shell. Functions that the shards call while they write run as the role that acts, if it may be.
                if (facts.MayBeSet)
                    acting = new Acting(session.Transaction, settings.OfLoopback.As(facts.Name, settings.SessionUser, oid.ToString()));
                continue;
            }

            if (!facts.SeesOtherRows && facts.SessionMayRead && !session.Metadata.SchemaIsChanged)
                continue;
            var chosen = Choose(facts, settings, reads, table);
            if (acting is not null && chosen is not null && (acting.Transaction != chosen.Transaction || acting.Settings.Sql != chosen.Settings.Sql))
                throw Refusal(facts, reads, table);
            acting = chosen ?? acting;
        }

        return acting;
    }

    private Acting? Choose(Facts facts, SessionSettings settings, bool reads, DistributedTable table)
    {
        // PostgreSQL applies the policies to what it reads, in the end with the right user. The shards only have to show every row, or the same ones.
        var rest = settings.OfLoopback;
        if (reads && facts.IsSuperuser)
            return new Acting(session.Transaction, rest.As("none", settings.SessionUser, ""));
        if (facts.MayBeSet && facts.SeesTheSame)
            return new Acting(session.Transaction, rest.As(facts.Name, settings.SessionUser, facts.Role.ToString()));

        // A policy calls functions, and planning evaluates those in indexes: what is its owner's runs as the owner, who sees every row.
        if (reads && session.Transaction.Writers == 0 && facts.Owner is { } owner)
            return new Acting(session.Readers.Get(), rest.As(owner, null, facts.OwnerId.ToString()));
        if (reads && session.Transaction.Writers == 0 && facts.SeesTheSame)
            return new Acting(session.Readers.Get(), rest.As(facts.Name, null, facts.Role.ToString()));

        // Where only rights are missing, the shards say so.
        if (!facts.SeesOtherRows && !session.Metadata.SchemaIsChanged)
            return null;
        throw Refusal(facts, reads, table);
    }

    private static PgException Refusal(Facts facts, bool reads, DistributedTable table) =>
        new(
            SqlState.FeatureNotSupported,
            $"cannot use distributed table \"{table.Name}\" with the row-level security of role \"{facts.Name}\" here",
            reads && facts.Owner is null ? "Row-level security is forced on the table's owner, and its policies depend on the user."
                : reads ? "The transaction has changed rows or the schema already, and that role reads over another connection, which does not see it."
                : "The shards would apply the policies of the session's role.",
            "Set security_invoker = true on the view, make the function SECURITY INVOKER, or grant that role to the one that logs in.");

    private async ValueTask<Facts?> FactsAsync(uint oid, string own, SessionSettings settings, DistributedTable table, bool fromMemory, CancellationToken cancellation)
    {
        var version = session.Database.SchemaVersion;
        var user = settings.SessionUser ?? session.User;
        if (_known.TryGetValue((table.Relation, own, user), out var known) && known.Version == version && fromMemory)
            return known.Facts;
        await using var command = session.Database.Coordinator.CreateCommand(FactsSql);
        command.Parameters.Add(new() { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
        command.Parameters.Add(new() { Value = own });
        command.Parameters.Add(new() { Value = user });
        command.Parameters.Add(new() { Value = table.Relation.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellation).ConfigureAwait(false))
            return null;
        var facts = new Facts(
            oid, reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetBoolean(5),
            reader.IsDBNull(6) ? null : reader.GetString(6), reader.IsDBNull(7) ? 0 : reader.GetFieldValue<uint>(7));
        _known[(table.Relation, own, user)] = (version, facts);
        return facts;
    }

    // Roles get their mappings when they are made. One that was made past the router gets it now; the next scan comes by it.
    private async ValueTask<uint?> UnmappedAsync(string own, CancellationToken cancellation)
    {
        var found = new List<uint>();
        await using (var command = session.Database.Coordinator.CreateCommand("SELECT pg_catalog.tangelo_map_roles()"))
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                found.Add(reader.GetFieldValue<uint>(0));
        }

        if (found.Count < 2)
            return found.Count == 0 ? null : found[0];
        foreach (var oid in found)
        {
            if (await session.Database.RoleNameAsync(oid, cancellation).ConfigureAwait(false) == own)
                return null;
        }

        throw new PgException(
            SqlState.FeatureNotSupported, "the cluster did not know the role that acts here", "Several roles were made past the router.", "Run the statement again.");
    }

    /// <param name="Role">The role.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="MayBeSet">The one who logged in may SET ROLE to it.</param>
    /// <param name="IsSuperuser">The one who logged in is a superuser.</param>
    /// <param name="SeesOtherRows">Row-level security may show it other rows than the session's role.</param>
    /// <param name="SessionMayRead">The session's role has SELECT on the table.</param>
    /// <param name="SeesTheSame">On the shards, under that role, the same rows are seen as here: CURRENT_USER is another one within a view than on the shards.</param>
    /// <param name="Owner">The table's owner, if no policy keeps rows from it.</param>
    /// <param name="OwnerId">The same.</param>
    private sealed record Facts(
        uint Role, string Name, bool MayBeSet, bool IsSuperuser, bool SeesOtherRows, bool SessionMayRead, bool SeesTheSame, string? Owner, uint OwnerId);
}
