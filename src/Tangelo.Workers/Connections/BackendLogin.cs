using Tangelo.Core;
using Tangelo.Protocol.Authentication;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;

namespace Tangelo.Workers.Connections;

/// <summary>Answers what a server asks while one logs in.</summary>
/// <param name="address">Where and as whom.</param>
/// <param name="credentials">By what; null when there is nothing.</param>
/// <param name="channelBinding">The hash of the server's certificate on an encrypted connection, else null.</param>
internal sealed class BackendLogin(BackendAddress address, BackendCredentials? credentials, byte[]? channelBinding)
{
    private ScramClient? _scram;

    /// <summary>Writes the answer to an Authentication message.</summary>
    /// <exception cref="PgException">28P01: nothing is known that answers it; 0A000: a method that is not supported.</exception>
    public void Answer(ReadOnlySpan<byte> body, OutputBuffer output)
    {
        var reader = new MessageReader(body);
        switch (reader.ReadInt32())
        {
            case AuthenticationCode.Ok:
                return;
            case AuthenticationCode.CleartextPassword:
                FrontendMessages.Password(output, credentials is BackendCredentials.Password { Text: var text } ? text : throw Unknown("the password itself"));
                return;
            case AuthenticationCode.Md5Password:
                var verifier = credentials switch
                {
                    BackendCredentials.Password password => Md5Password.Verifier(address.User, password.Text),
                    BackendCredentials.Md5 md5 => md5.Verifier,
                    _ => throw Unknown("an md5 password"),
                };
                FrontendMessages.Password(output, Md5Password.Answer(verifier, reader.ReadBytes(4)));
                return;
            case AuthenticationCode.Sasl:
                BeginScram(ref reader, output);
                return;
            case AuthenticationCode.SaslContinue when _scram is { } scram:
                FrontendMessages.SaslResponse(output, scram.Final(reader.Rest));
                return;
            case AuthenticationCode.SaslFinal when _scram is { } scram:
                scram.Check(reader.Rest);
                return;
            case var method:
                throw new PgException(SqlState.FeatureNotSupported, $"node {address.Node} asks for authentication method {method}, which is not supported");
        }
    }

    private void BeginScram(ref MessageReader reader, OutputBuffer output)
    {
        var mechanisms = new List<string>();
        while (reader.Rest is [not 0, ..])
            mechanisms.Add(reader.ReadCString());
        Func<byte[], int, ScramKeys> derive = credentials switch
        {
            BackendCredentials.Password password => (salt, iterations) => ScramKeys.Derive(password.Text, salt, iterations),
            BackendCredentials.Scram scram => (_, _) => scram.Keys,
            _ => throw Unknown("a SCRAM password"),
        };
        _scram = new ScramClient(derive, mechanisms, channelBinding);
        if (!_scram.IsPossible)
            throw new PgException(SqlState.FeatureNotSupported, $"node {address.Node} asks for SASL mechanisms that are not supported: {string.Join(", ", mechanisms)}");
        FrontendMessages.SaslInitialResponse(output, _scram.Mechanism, _scram.First());
    }

    private PgException Unknown(string what) => new(
        SqlState.InvalidPassword,
        $"node {address.Node} asks for {(credentials is null ? "a password" : what)} of role \"{address.User}\", which is not known",
        hint: "Let its pg_hba.conf trust the router, or let clients log in at the router with SCRAM.");
}
