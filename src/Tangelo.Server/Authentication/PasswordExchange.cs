using System.Security.Cryptography;
using Tangelo.Core;
using Tangelo.Protocol.Authentication;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Authentication;

/// <summary>Asks a client for its password and compares it with the verifier of its role.</summary>
/// <param name="client">Where it is.</param>
/// <param name="role">As whom it wants to log in.</param>
/// <param name="verifier">What <c>pg_authid.rolpassword</c> holds; null when the role does not exist, has no password, or has one that has expired.</param>
internal sealed class PasswordExchange(PgTransport client, string role, string? verifier)
{
    // PostgreSQL's own bound.
    private const int LongestAnswer = 65_535;

    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);

    /// <summary>Goes through the method.</summary>
    /// <returns>By what one can log in as the role elsewhere; null when the password is wrong.</returns>
    /// <exception cref="PgException">08P01: the client does not answer as it should.</exception>
    public Task<BackendCredentials?> RunAsync(HbaMethod method, CancellationToken cancellation) => method switch
    {
        HbaMethod.Password => PlainAsync(cancellation),
        HbaMethod.Md5 when verifier is null || Md5Password.IsVerifier(verifier) => Md5Async(cancellation),
        _ => ScramAsync(cancellation),
    };

    private async Task<BackendCredentials?> PlainAsync(CancellationToken cancellation)
    {
        BackendMessages.AuthenticationCleartextPassword(client.Out);
        var password = ReadPassword(await AnswerAsync(cancellation).ConfigureAwait(false));
        var fits = verifier is not null && (ScramVerifier.Parse(verifier) is { } scram
            ? Same(ScramKeys.Derive(password, scram.Salt, scram.Iterations).StoredKey, scram.StoredKey)
            : Same(System.Text.Encoding.UTF8.GetBytes(Md5Password.Verifier(role, password)), System.Text.Encoding.UTF8.GetBytes(verifier)));
        return fits ? new BackendCredentials.Password(password) : null;
    }

    private async Task<BackendCredentials?> Md5Async(CancellationToken cancellation)
    {
        var salt = RandomNumberGenerator.GetBytes(4);
        BackendMessages.AuthenticationMd5Password(client.Out, salt);
        var given = ReadPassword(await AnswerAsync(cancellation).ConfigureAwait(false));
        return verifier is not null && Same(System.Text.Encoding.UTF8.GetBytes(given), System.Text.Encoding.UTF8.GetBytes(Md5Password.Answer(verifier, salt)))
            ? new BackendCredentials.Md5(verifier)
            : null;
    }

    private async Task<BackendCredentials?> ScramAsync(CancellationToken cancellation)
    {
        var scram = new ScramServer((verifier is null ? null : ScramVerifier.Parse(verifier)) ?? ScramVerifier.ForNobody(role, Secret), client.Tls?.EndpointBinding);
        BackendMessages.AuthenticationSasl(client.Out, scram.Mechanisms);
        BackendMessages.AuthenticationSaslContinue(client.Out, First(scram, await AnswerAsync(cancellation).ConfigureAwait(false)));
        if (scram.Final((await AnswerAsync(cancellation).ConfigureAwait(false)).Span, out var keys) is not { } last)
            return null;
        BackendMessages.AuthenticationSaslFinal(client.Out, last);
        return new BackendCredentials.Scram(keys!);
    }

    private static byte[] First(ScramServer scram, ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var mechanism = reader.ReadCString();
        if (reader.ReadInt32() != reader.Rest.Length)
            throw new PgException(SqlState.ProtocolViolation, "invalid SASL initial response");
        return scram.First(mechanism, reader.Rest);
    }

    private static string ReadPassword(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var password = reader.ReadCString();
        reader.RequireEnd();
        return password.Length > 0 ? password : throw new PgException(SqlState.InvalidPassword, "empty password returned by client");
    }

    private async Task<ReadOnlyMemory<byte>> AnswerAsync(CancellationToken cancellation)
    {
        await client.FlushAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            if (client.In.TryPeekHeader(out var type, out var size))
            {
                if (type != FrontendCode.Password)
                    throw new PgException(SqlState.ProtocolViolation, $"expected SASL response, got message type {type}");
                if (size > LongestAnswer)
                    throw new PgException(SqlState.ProtocolViolation, "invalid message length");
                if (client.In.TryTakeMessage(out _, out var body))
                    return body;
            }

            // libpq closes the connection to ask its user for a password.
            if (!await client.FillAsync(client.In.MissingBytes(), cancellation).ConfigureAwait(false))
                throw new IOException("The client has closed the connection while it was asked for a password.");
        }
    }

    private static bool Same(byte[] left, byte[] right) => CryptographicOperations.FixedTimeEquals(left, right);
}
