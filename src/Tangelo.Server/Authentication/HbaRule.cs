using System.Collections.Immutable;
using System.Net;

namespace Tangelo.Server.Authentication;

/// <summary>How clients prove who they are.</summary>
internal enum HbaMethod
{
    Trust,
    Reject,
    Password,
    Md5,
    ScramSha256,
    Certificate,
}

/// <summary>Which connections a line is for, by their encryption.</summary>
internal enum HbaTransport
{
    Any,
    Encrypted,
    Unencrypted,
    UnixSocket,
}

/// <summary>What a line asks of the client's certificate, besides its method.</summary>
internal enum HbaCertificate
{
    None,
    Trusted,
    TrustedAndNamed,
}

/// <summary>A word of a line; one in quotation marks has no special meaning.</summary>
internal readonly record struct HbaName(string Text, bool IsQuoted)
{
    public bool IsWord(string word) => !IsQuoted && Text == word;

    /// <summary>The role whose members are meant, or null.</summary>
    public string? Group => !IsQuoted && Text is ['+', _, ..] ? Text[1..] : null;
}

/// <summary>What is known of a client before it has proven anything.</summary>
/// <param name="Groups">The roles that the user is a member of, itself among them.</param>
internal sealed record HbaClient(bool IsEncrypted, IPAddress Address, string Database, string User, IReadOnlySet<string> Groups);

/// <summary>One line of a file in the form of pg_hba.conf (PostgreSQL manual, "The pg_hba.conf File").</summary>
internal sealed record HbaRule(
    int Line, HbaTransport Transport, ImmutableArray<HbaName> Databases, ImmutableArray<HbaName> Users, HbaAddress Address, HbaMethod Method, HbaCertificate Certificate)
{
    /// <summary>Whether this is the line for the client. The first one that is counts.</summary>
    public async ValueTask<bool> MatchesAsync(HbaClient client, CancellationToken cancellation) =>
        Concerns(client) && await Address.ContainsAsync(client.Address, cancellation).ConfigureAwait(false);

    private bool Concerns(HbaClient client) =>
        Transport switch
        {
            HbaTransport.UnixSocket => false,
            HbaTransport.Encrypted => client.IsEncrypted,
            HbaTransport.Unencrypted => !client.IsEncrypted,
            _ => true,
        }
        && Databases.Any(d => IsDatabase(d, client))
        && Users.Any(u => u.IsWord("all") || (u.Group is { } group ? client.Groups.Contains(group) : u.Text == client.User));

    private static bool IsDatabase(HbaName name, HbaClient client) =>
        name.IsWord("all")
        || (name.IsWord("sameuser") ? client.Database == client.User
            : name.IsWord("samerole") || name.IsWord("samegroup") ? client.Groups.Contains(client.Database)
            : !name.IsWord("replication") && name.Text == client.Database);
}
