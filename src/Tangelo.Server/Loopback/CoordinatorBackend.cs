using Npgsql;
using Tangelo.Core;

namespace Tangelo.Server.Loopback;

/// <summary>
/// The backend of the coordinator that a loopback connection comes from. A coordinator that has crashed and started again gives process ids and transaction ids
/// again: what is asked of it about the old backend must not be answered for another one.
/// </summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Start">When it began, in seconds since 1970 as numeric prints them.</param>
internal sealed record CoordinatorBackend(int Pid, string Start)
{
    /// <summary>An expression of SQL: when the backend that evaluates it began.</summary>
    public const string OwnStart = "(SELECT pg_catalog.extract('epoch', a.backend_start)::text FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a)";

    /// <summary>SQL that finds its row in pg_stat_get_activity, and none once it has ended.</summary>
    public string Sql => $"pg_catalog.pg_stat_get_activity({Pid}) a WHERE pg_catalog.extract('epoch', a.backend_start) = {Start}";

    /// <summary>The one that has the process id now: it is that of the connection if the connection still answers afterwards.</summary>
    /// <exception cref="PgException">57P01: there is none, so nobody waits for an answer.</exception>
    public static async Task<CoordinatorBackend> OfAsync(NpgsqlDataSource coordinator, int pid, CancellationToken cancellation)
    {
        await using var command = coordinator.CreateCommand("SELECT pg_catalog.extract('epoch', a.backend_start)::text FROM pg_catalog.pg_stat_get_activity($1) a");
        command.Parameters.Add(new() { Value = pid });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is string start ? new CoordinatorBackend(pid, start) : throw Ended();
    }

    /// <summary>The id of the transaction that it is in, with its epoch; null while that has none.</summary>
    /// <exception cref="PgException">57P01: it has ended, and its transaction with it.</exception>
    public async Task<ulong?> XidAsync(NpgsqlDataSource coordinator, CancellationToken cancellation)
    {
        await using var command = coordinator.CreateCommand(
            $"""
            SELECT (CASE WHEN f - m > 2147483648 THEN f - 4294967296 WHEN m - f > 2147483648 THEN f + 4294967296 ELSE f END)::text
            FROM (SELECT m, (m / 4294967296) * 4294967296 + x AS f
                  FROM (SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS m, a.backend_xid::text::bigint AS x FROM {Sql}) b) c
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellation).ConfigureAwait(false))
            throw Ended();
        return await reader.IsDBNullAsync(0, cancellation).ConfigureAwait(false) ? null : ulong.Parse(reader.GetString(0));
    }

    /// <summary>The error for one that is no more.</summary>
    public static PgException Ended() =>
        new(SqlState.AdminShutdown, "the coordinator's backend has ended before its transaction was committed", "What it had written is undone on every node.");
}
