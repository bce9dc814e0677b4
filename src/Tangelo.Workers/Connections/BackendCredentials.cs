using Tangelo.Protocol.Authentication;

namespace Tangelo.Workers.Connections;

/// <summary>By what one logs in at a server as a role. Never written anywhere.</summary>
public abstract record BackendCredentials
{
    private BackendCredentials()
    {
    }

    /// <summary>Nothing of the secret.</summary>
    public sealed override string ToString() => GetType().Name;

    /// <summary>The password itself.</summary>
    public sealed record Password(string Text) : BackendCredentials;

    /// <summary>What a client's proof has shown: enough for servers that keep the same verifier.</summary>
    public sealed record Scram(ScramKeys Keys) : BackendCredentials;

    /// <summary>The verifier of an md5 password, which is as good as the password for that method.</summary>
    public sealed record Md5(string Verifier) : BackendCredentials;
}
