using System.Security.Cryptography;
using System.Text;
using Tangelo.Core;

namespace Tangelo.Protocol.Authentication;

/// <summary>The client's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), with a password or with keys that a client's own proof has shown.</summary>
/// <param name="derive">Gives the keys for a salt and a number of iterations.</param>
/// <param name="mechanisms">What the server offers.</param>
/// <param name="channelBinding">The hash of the server's certificate on an encrypted connection, else null.</param>
public sealed class ScramClient(Func<byte[], int, ScramKeys> derive, IReadOnlyCollection<string> mechanisms, byte[]? channelBinding)
{
    private readonly string _nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private readonly bool _binds = channelBinding is not null && mechanisms.Contains(ScramMessage.BindingMechanism);
    private byte[] _expected = [];

    /// <summary>True when the server offers a mechanism that this one knows.</summary>
    public bool IsPossible => _binds || mechanisms.Contains(ScramMessage.Mechanism);

    /// <summary>The mechanism to ask for.</summary>
    public string Mechanism => _binds ? ScramMessage.BindingMechanism : ScramMessage.Mechanism;

    private string Header => _binds ? $"p={ScramMessage.EndpointBinding},," : channelBinding is null ? "n,," : "y,,";

    private string Bare => $"n=,r={_nonce}";

    /// <summary>The first message.</summary>
    public byte[] First() => Encoding.UTF8.GetBytes(Header + Bare);

    /// <summary>Answers the server's first message with the proof.</summary>
    /// <exception cref="PgException">08P01: the message makes no sense.</exception>
    public byte[] Final(ReadOnlySpan<byte> serverFirst)
    {
        var first = Encoding.UTF8.GetString(serverFirst);
        var rest = first.AsSpan();
        var nonce = ScramMessage.Take(ref rest, 'r');
        var salt = ScramMessage.FromBase64(ScramMessage.Take(ref rest, 's'));
        if (!int.TryParse(ScramMessage.Take(ref rest, 'i'), out var iterations) || iterations < 1)
            throw ScramMessage.Malformed("Invalid iteration count.");
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length)
            throw new PgException(SqlState.ProtocolViolation, "invalid SCRAM response", "Nonce does not match.");

        var keys = derive(salt, iterations);
        byte[] binding = [.. Encoding.UTF8.GetBytes(Header), .. _binds ? channelBinding! : []];
        var last = $"c={Convert.ToBase64String(binding)},r={nonce}";
        var signed = $"{Bare},{first},{last}";
        _expected = ScramKeys.Sign(keys.ServerKey, signed);
        var proof = ScramKeys.Exclusive(keys.ClientKey, ScramKeys.Sign(keys.StoredKey, signed));
        return Encoding.UTF8.GetBytes($"{last},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>Checks that the server knows the role, too.</summary>
    /// <exception cref="PgException">28000: it does not, or says that the proof is wrong.</exception>
    public void Check(ReadOnlySpan<byte> serverFinal)
    {
        var rest = Encoding.UTF8.GetString(serverFinal).AsSpan();
        if (rest is ['e', '=', ..])
            throw new PgException(SqlState.InvalidAuthorization, $"SCRAM authentication failed: {rest[2..]}");
        if (!CryptographicOperations.FixedTimeEquals(ScramMessage.FromBase64(ScramMessage.Take(ref rest, 'v')), _expected))
            throw new PgException(SqlState.InvalidAuthorization, "incorrect server signature");
    }
}
