using System.Security.Cryptography;
using System.Text;
using Tangelo.Core;
using Tangelo.Protocol.Authentication;

namespace Tangelo.Protocol.Tests;

/// <summary>SCRAM-SHA-256, both halves against each other and against the example of RFC 7677.</summary>
public sealed class ScramTests
{
    private static readonly byte[] Salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
    private static readonly byte[] Certificate = SHA256.HashData("a certificate"u8);

    [Fact]
    public void Keys_are_those_of_the_example_in_RFC_7677()
    {
        const string Signed =
            "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        var keys = ScramKeys.Derive("pencil", Salt, 4096);
        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(HMACSHA256.HashData(keys.ServerKey, Encoding.UTF8.GetBytes(Signed))));
        var signature = HMACSHA256.HashData(keys.StoredKey, Encoding.UTF8.GetBytes(Signed));
        Assert.Equal("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", Convert.ToBase64String([.. keys.ClientKey.Zip(signature, (a, b) => (byte)(a ^ b))]));
    }

    [Theory]
    [InlineData("secret", "secret", true)]
    [InlineData("secret", "Secret", false)]
    [InlineData("I\u00adX", "IX", true)]
    [InlineData("a\u00a0b", "a b", true)]
    [InlineData("tab\t\u00e9", "tab\t\u00e9", true)]
    public void A_password_fits_as_SASLprep_says(string kept, string given, bool fits)
    {
        var server = new ScramServer(ScramVerifier.FromPassword(kept, Salt), null);
        var client = new ScramClient((salt, iterations) => ScramKeys.Derive(given, salt, iterations), server.Mechanisms.ToList(), null);
        Assert.Equal(fits, Run(server, client, out _));
    }

    [Fact]
    public void What_the_proof_shows_logs_in_where_the_verifier_is_the_same()
    {
        var verifier = ScramVerifier.FromPassword("secret", Salt, 10_000);
        var server = new ScramServer(verifier, Certificate);
        Assert.True(Run(server, new ScramClient((s, i) => ScramKeys.Derive("secret", s, i), server.Mechanisms.ToList(), Certificate), out var keys));

        var elsewhere = new ScramServer(verifier, null);
        Assert.True(Run(elsewhere, new ScramClient((_, _) => keys!, elsewhere.Mechanisms.ToList(), null), out _));
        var other = new ScramServer(ScramVerifier.FromPassword("secret", RandomNumberGenerator.GetBytes(16)), null);
        Assert.False(Run(other, new ScramClient((_, _) => keys!, other.Mechanisms.ToList(), null), out _));
    }

    [Fact]
    public void Somebody_in_the_middle_is_noticed()
    {
        var server = new ScramServer(ScramVerifier.FromPassword("secret", Salt), Certificate);
        var deceived = new ScramClient((s, i) => ScramKeys.Derive("secret", s, i), server.Mechanisms.ToList(), SHA256.HashData("another one"u8));
        var error = Assert.Throws<PgException>(() => Run(server, deceived, out _));
        Assert.Equal("SCRAM channel binding check failed", error.Error.Message);

        // The list of mechanisms was cut on the way.
        server = new ScramServer(ScramVerifier.FromPassword("secret", Salt), Certificate);
        var cut = new ScramClient((s, i) => ScramKeys.Derive("secret", s, i), ["SCRAM-SHA-256"], Certificate);
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<PgException>(() => Run(server, cut, out _)).Code);

        // A server that does not know the role.
        var real = new ScramServer(ScramVerifier.FromPassword("secret", Salt), null);
        var client = new ScramClient((s, i) => ScramKeys.Derive("secret", s, i), real.Mechanisms.ToList(), null);
        client.Final(real.First(client.Mechanism, client.First()));
        Assert.Equal("incorrect server signature", Assert.Throws<PgException>(() => client.Check(Encoding.UTF8.GetBytes("v=" + Convert.ToBase64String(new byte[32])))).Error.Message);
    }

    [Fact]
    public void A_role_without_a_password_looks_like_any_other()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        string First(string role)
        {
            var server = new ScramServer(ScramVerifier.ForNobody(role, secret), null);
            var text = Encoding.UTF8.GetString(server.First("SCRAM-SHA-256", "n,,n=,r=x"u8));
            return text[text.IndexOf(",s=", StringComparison.Ordinal)..];
        }

        Assert.Equal(First("ghost"), First("ghost"));
        Assert.NotEqual(First("ghost"), First("other"));
        var nobody = new ScramServer(ScramVerifier.ForNobody("ghost", secret), null);
        Assert.False(Run(nobody, new ScramClient((s, i) => ScramKeys.Derive("", s, i), nobody.Mechanisms.ToList(), null), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("n,")]
    [InlineData("n,,")]
    [InlineData("n,,n=")]
    [InlineData("n,,n=,r=")]
    [InlineData("n,,n=,r=\u0001")]
    [InlineData("n,a=me,n=,r=x")]
    [InlineData("n,,m=x,n=,r=x")]
    [InlineData("p=tls-unique,,n=,r=x")]
    [InlineData("x,,n=,r=x")]
    [InlineData("y")]
    public void A_first_message_that_makes_no_sense_is_refused(string message)
    {
        var server = new ScramServer(ScramVerifier.FromPassword("secret", Salt), null);
        Assert.Throws<PgException>(() => server.First("SCRAM-SHA-256", Encoding.UTF8.GetBytes(message)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c=biws")]
    [InlineData("c=biws,r=other,p=AAAA")]
    [InlineData("c=biws,r={nonce}")]
    [InlineData("c=biws,r={nonce},p=AAAA")]
    [InlineData("c=biws,r={nonce},p=!!!!")]
    [InlineData("c=eSws,r={nonce},p=AAAA")]
    public void A_last_message_that_makes_no_sense_is_refused(string message)
    {
        var server = new ScramServer(ScramVerifier.FromPassword("secret", Salt), null);
        var first = Encoding.UTF8.GetString(server.First("SCRAM-SHA-256", "n,,n=,r=x"u8));
        var nonce = first[2..first.IndexOf(',')];
        Assert.Throws<PgException>(() => server.Final(Encoding.UTF8.GetBytes(message.Replace("{nonce}", nonce, StringComparison.Ordinal)), out _));
    }

    [Fact]
    public void Verifiers_are_read_as_PostgreSQL_writes_them_and_nothing_else_is()
    {
        var known = ScramKeys.Derive("pencil", Salt, 4096);
        var text = $"SCRAM-SHA-256$4096:{Convert.ToBase64String(Salt)}${Convert.ToBase64String(known.StoredKey)}:{Convert.ToBase64String(known.ServerKey)}";
        Assert.Equal(known.StoredKey, ScramVerifier.Parse(text)!.StoredKey);
        Assert.DoesNotContain(Convert.ToBase64String(known.ServerKey), ScramVerifier.Parse(text)!.ToString(), StringComparison.Ordinal);
        foreach (var wrong in new[] { "", "md5" + new string('0', 32), text[..^4], text + "x", text.Replace("4096", "x", StringComparison.Ordinal), text.Replace('$', ' ') })
            Assert.Null(ScramVerifier.Parse(wrong));
    }

    private static bool Run(ScramServer server, ScramClient client, out ScramKeys? keys)
    {
        var proof = client.Final(server.First(client.Mechanism, client.First()));
        if (server.Final(proof, out keys) is not { } last)
            return false;
        client.Check(last);
        return true;
    }
}
