using System.Security.Cryptography;
using System.Text;
using Tangelo.Core;

namespace Tangelo.Protocol.Authentication;

/// <summary>
/// The server's half of SCRAM-SHA-256 (RFC 5802, RFC 7677): it checks that the client knows a password, of which it has the verifier only, and learns from the
/// client's proof what it needs to log in elsewhere as that role.
/// </summary>
/// <param name="verifier">Of the role.</param>
/// <param name="channelBinding">The hash of the server's certificate on an encrypted connection (RFC 5929), else null.</param>
public sealed class ScramServer(ScramVerifier verifier, byte[]? channelBinding)
{
    private readonly string _nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private string _header = "";
    private string _clientFirst = "";
    private string _serverFirst = "";
    private string _wholeNonce = "";

    /// <summary>What the server offers, best first.</summary>
    public IReadOnlyList<string> Mechanisms => channelBinding is null ? [ScramMessage.Mechanism] : [ScramMessage.BindingMechanism, ScramMessage.Mechanism];

    /// <summary>Answers the client's first message.</summary>
    /// <param name="mechanism">The one that the client chose.</param>
    /// <param name="message">Its bytes.</param>
    /// <exception cref="PgException">08P01: the message makes no sense, or the mechanism was not offered; 0A000: an authorization identity.</exception>
    public byte[] First(string mechanism, ReadOnlySpan<byte> message)
    {
        if (!Mechanisms.Contains(mechanism))
            throw new PgException(SqlState.ProtocolViolation, "client selected an invalid SASL authentication mechanism");
        var text = Encoding.UTF8.GetString(message).AsSpan();
        var rest = text;
        TakeBindingFlag(ref rest, mechanism == ScramMessage.BindingMechanism);
        if (rest is not [',', ..])
        {
            throw rest is ['a', ..]
                ? new PgException(SqlState.FeatureNotSupported, "client uses authorization identity, but it is not supported")
                : ScramMessage.Malformed("Unexpected attribute in the client's first message.");
        }

        rest = rest[1..];
        _header = text[..^rest.Length].ToString();
        _clientFirst = rest.ToString();
        if (rest is ['m', '=', ..])
            throw new PgException(SqlState.FeatureNotSupported, "client requires an unsupported SCRAM extension");
        // The name is the one of the start-up packet: PostgreSQL's clients leave this empty.
        ScramMessage.Take(ref rest, 'n');
        var nonce = ScramMessage.Take(ref rest, 'r');
        if (nonce.Length == 0 || nonce.Any(c => c is < '!' or > '~'))
            throw ScramMessage.Malformed("Non-printable characters in SCRAM nonce.");
        _wholeNonce = nonce + _nonce;
        _serverFirst = $"r={_wholeNonce},s={Convert.ToBase64String(verifier.Salt)},i={verifier.Iterations}";
        return Encoding.UTF8.GetBytes(_serverFirst);
    }

    /// <summary>Checks the client's last message.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="keys">By which one can log in as the role.</param>
    /// <returns>The server's last message, or null when the password is wrong.</returns>
    /// <exception cref="PgException">08P01: the message makes no sense, or is of another channel.</exception>
    public byte[]? Final(ReadOnlySpan<byte> message, out ScramKeys? keys)
    {
        keys = null;
        var text = Encoding.UTF8.GetString(message);
        var proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        var rest = text.AsSpan();
        var binding = ScramMessage.FromBase64(ScramMessage.Take(ref rest, 'c'));
        var nonce = ScramMessage.Take(ref rest, 'r');
        if (proofAt < 0)
            throw ScramMessage.Malformed("Proof is missing.");
        byte[] expected = [.. Encoding.UTF8.GetBytes(_header), .. _header.StartsWith("p=", StringComparison.Ordinal) ? channelBinding! : []];
        if (!binding.AsSpan().SequenceEqual(expected))
            throw new PgException(SqlState.ProtocolViolation, "SCRAM channel binding check failed");
        if (nonce != _wholeNonce)
            throw new PgException(SqlState.ProtocolViolation, "invalid SCRAM response", "Nonce does not match.");
        var proof = ScramMessage.FromBase64(text[(proofAt + 3)..]);
        if (proof.Length != 32)
            throw ScramMessage.Malformed("Malformed proof in client-final-message.");

        var signed = $"{_clientFirst},{_serverFirst},{text[..proofAt]}";
        var clientKey = ScramKeys.Exclusive(proof, ScramKeys.Sign(verifier.StoredKey, signed));
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), verifier.StoredKey))
            return null;
        keys = new ScramKeys(clientKey, verifier.ServerKey);
        return Encoding.UTF8.GetBytes($"v={Convert.ToBase64String(ScramKeys.Sign(verifier.ServerKey, signed))}");
    }

    private void TakeBindingFlag(ref ReadOnlySpan<char> text, bool binds)
    {
        switch (text)
        {
            case ['n', ',', ..] when !binds:
                text = text[2..];
                break;
            case ['y', ',', ..] when !binds:
                // The client could bind and believes that the server cannot: somebody in the middle has changed the list.
                if (channelBinding is not null)
                {
                    throw new PgException(
                        SqlState.InvalidAuthorization, "SCRAM channel binding negotiation error",
                        "The client supports SCRAM channel binding but thinks the server does not.  However, this server does support channel binding.");
                }

                text = text[2..];
                break;
            case ['p', '=', ..] when binds:
                var type = ScramMessage.Take(ref text, 'p');
                if (type != ScramMessage.EndpointBinding)
                    throw new PgException(SqlState.ProtocolViolation, $"unsupported SCRAM channel-binding type \"{type}\"");
                break;
            default:
                throw ScramMessage.Malformed("The channel-binding flag does not fit the mechanism.");
        }
        // What is left begins with the comma before the name, or with an authorization identity.
        if (text is [not (',' or 'a'), ..])
            throw ScramMessage.Malformed("Unexpected attribute in the client's first message.");
    }
}
