using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Npgsql;
using Tangelo.Core;
using Tangelo.Protocol.Authentication;
using Tangelo.Protocol.Transport;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Authentication;

/// <summary>
/// Decides who may come in, by rules in the form of pg_hba.conf and the passwords of the coordinator's roles. Without rules everybody may, as far as the
/// coordinator lets them.
/// </summary>
internal sealed partial class ClientAuthenticator
{
    private readonly RouterState _router;
    private readonly WatchedFiles<Rules>? _rules;
    private readonly WatchedFiles<SslServerAuthenticationOptions>? _tls;

    /// <exception cref="FormatException">The rules cannot be understood.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public ClientAuthenticator(RouterState router)
    {
        _router = router;
        var options = router.Options;
        if (options.HbaFile is { } hba)
        {
            _rules = new WatchedFiles<Rules>([hba], () => new Rules(ReadRules(hba)), e => LogUnreadable(router.Log, hba, e.Message));
            _ = _rules.Current;
        }

        if (options.TlsCertificate is { } certificate)
        {
            var key = options.TlsKey ?? certificate;
            var paths = new[] { certificate, key, options.TlsClientAuthorities }.OfType<string>().ToArray();
            _tls = new WatchedFiles<SslServerAuthenticationOptions>(
                paths, () => TlsFiles.Read(certificate, key, options.TlsClientAuthorities), e => LogUnreadable(router.Log, string.Join(", ", paths), e.Message));
            _ = _tls.Current;
        }
    }

    /// <summary>How to encrypt a client's connection, null when the router does not.</summary>
    public SslServerAuthenticationOptions? Tls => _tls?.Current;

    /// <summary>Lets the client prove who it is.</summary>
    /// <param name="client">Where it is.</param>
    /// <param name="user">Whom it says to be.</param>
    /// <param name="database">Where to.</param>
    /// <param name="application">The name that it gives itself.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>By what the router can log in elsewhere as this role; null when the client's way in tells nothing.</returns>
    /// <exception cref="PgException">28000 or 28P01: it may not come in.</exception>
    public async Task<BackendCredentials?> AuthenticateAsync(PgTransport client, string user, string database, string? application, CancellationToken cancellation)
    {
        if (_rules is null)
            return null;
        if (application == RouterOptions.HolderName && _router.Options.HolderSecret is { } secret && client.RemoteEndPoint is IPEndPoint { Address: var from } && IPAddress.IsLoopback(from))
        {
            _ = await new PasswordExchange(client, user, Md5Password.Verifier(user, secret)).RunAsync(HbaMethod.Password, cancellation).ConfigureAwait(false)
                ?? throw new PgException(SqlState.InvalidPassword, $"password authentication failed for user \"{user}\"");
            return null;
        }

        var rules = _rules.Current.All;
        var role = await ReadRoleAsync(user, cancellation).ConfigureAwait(false);
        var address = client.RemoteEndPoint is IPEndPoint endpoint ? endpoint.Address : IPAddress.None;
        var who = new HbaClient(client.Tls is not null, address, database, user, role.Groups);
        HbaRule? rule = null;
        foreach (var candidate in rules)
        {
            if (!await candidate.MatchesAsync(who, cancellation).ConfigureAwait(false))
                continue;
            rule = candidate;
            break;
        }

        var described = $"host \"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}\", user \"{user}\", database \"{database}\", {(who.IsEncrypted ? "SSL encryption" : "no encryption")}";
        if (rule is null)
            throw Refused($"no pg_hba.conf entry for {described}");
        if (rule.Method == HbaMethod.Reject)
            throw Refused($"pg_hba.conf rejects connection for {described}");
        CheckCertificate(rule, client, user);
        if (rule.Method is HbaMethod.Trust or HbaMethod.Certificate)
            return null;
        var given = await new PasswordExchange(client, user, role.Verifier).RunAsync(rule.Method, cancellation).ConfigureAwait(false);
        if (given is not null)
            return given;
        LogRefused(_router.Log, user, address, rule.Line);
        throw new PgException(SqlState.InvalidPassword, $"password authentication failed for user \"{user}\"");
    }

    [LoggerMessage(10, LogLevel.Error, "{File} could not be read again, and what it said before stays in force: {Reason}")]
    private static partial void LogUnreadable(ILogger log, string file, string reason);

    [LoggerMessage(11, LogLevel.Warning, "Password authentication failed for user \"{User}\" from {Address}, by line {Line} of the rules")]
    private static partial void LogRefused(ILogger log, string user, IPAddress address, int line);

    private static ImmutableArray<HbaRule> ReadRules(string file)
    {
        try
        {
            return HbaFile.Parse(File.ReadLines(file));
        }
        catch (FormatException e)
        {
            throw new FormatException($"{file}, {e.Message}");
        }
    }

    private static PgException Refused(string message) => new(SqlState.InvalidAuthorization, message);

    private static void CheckCertificate(HbaRule rule, PgTransport client, string user)
    {
        if (rule.Certificate == HbaCertificate.None)
            return;
        using var certificate = client.Tls?.PeerCertificate
            ?? throw Refused("connection requires a valid client certificate");
        if (rule.Certificate == HbaCertificate.TrustedAndNamed && certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) != user)
        {
            throw Refused(rule.Method == HbaMethod.Certificate
                ? $"certificate authentication failed for user \"{user}\""
                : "connection requires a valid client certificate");
        }
    }

    private async Task<(string? Verifier, IReadOnlySet<string> Groups)> ReadRoleAsync(string user, CancellationToken cancellation)
    {
        const string Sql =
            """
            SELECT CASE WHEN a.rolvaliduntil < pg_catalog.now() THEN NULL ELSE a.rolpassword END, ARRAY(
                WITH RECURSIVE member(roleid) AS (SELECT a.oid UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN member ON m.member = member.roleid)
                SELECT r.rolname::pg_catalog.text FROM member JOIN pg_catalog.pg_roles r ON r.oid = member.roleid)
            FROM pg_catalog.pg_authid a WHERE a.rolname = $1
            """;
        try
        {
            var database = await _router.DatabaseAsync(_router.Coordinator.Database).ConfigureAwait(false);
            await using var command = database.Coordinator.CreateCommand(Sql);
            command.Parameters.Add(new() { Value = user });
            await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            if (!await reader.ReadAsync(cancellation).ConfigureAwait(false))
                return (null, ImmutableHashSet<string>.Empty);
            return (await reader.IsDBNullAsync(0, cancellation).ConfigureAwait(false) ? null : reader.GetString(0), reader.GetFieldValue<string[]>(1).ToHashSet());
        }
        catch (PostgresException e) when (e.SqlState == SqlState.InsufficientPrivilege)
        {
            throw new PgException(
                SqlState.InsufficientPrivilege, "clients cannot be authenticated: the router may not read pg_authid on the coordinator",
                hint: "Let its role in --coordinator be a superuser, or leave --hba-file out and let the coordinator's pg_hba.conf decide.", inner: e);
        }
    }

    private sealed record Rules(ImmutableArray<HbaRule> All);
}
