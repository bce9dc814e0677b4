using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Which replies the link still owes for the client's extended-protocol messages that were passed on to it. A value machine:
/// it sees message types only.
/// </summary>
internal sealed class LinkReplies
{
    // A Describe that the client has not sent.
    private const byte QuietDescribe = (byte)'q';

    private readonly Queue<byte> _expected = new();
    private readonly Queue<string> _quiet = new();
    private int _confirmedParses;

    /// <summary>True while passed-on messages wait for a Sync: they are one implicit transaction on the link.</summary>
    public bool BatchIsOpen { get; private set; }

    /// <summary>True after an error: the link skips everything up to Sync.</summary>
    public bool Skipping { get; private set; }

    /// <summary>True when replies are outstanding.</summary>
    public bool IsWaiting => _expected.Count > 0;

    /// <summary>A message of this type was passed on.</summary>
    /// <param name="code">The client's message type.</param>
    /// <param name="kind">For Describe: 'S' or 'P'.</param>
    public void Sent(byte code, byte kind = 0)
    {
        BatchIsOpen = true;
        if (Skipping)
            return;
        _expected.Enqueue(code == FrontendCode.Describe && kind == (byte)'S' ? (byte)'t' : code);
    }

    /// <summary>The link was asked to describe a prepared statement that it has just been told, for the router's own use.</summary>
    public void SentQuietDescribe(string statement)
    {
        if (Skipping)
            return;
        _expected.Enqueue(QuietDescribe);
        _quiet.Enqueue(statement);
    }

    /// <summary>The statement that a reply of this type describes, if it answers <see cref="SentQuietDescribe"/>; null: the reply is for the client.</summary>
    public string? DescribesQuietly(byte type) =>
        type is BackendCode.ParameterDescription or BackendCode.RowDescription or BackendCode.NoData && _expected.TryPeek(out var code) && code == QuietDescribe ? _quiet.Peek() : null;

    /// <summary>How many of the client's statements the link has prepared since the last call.</summary>
    public int TakeConfirmedParses()
    {
        var confirmed = _confirmedParses;
        _confirmedParses = 0;
        return confirmed;
    }

    /// <summary>A reply of this type came; tells whether it ends what the oldest message asked for.</summary>
    public void Received(byte type)
    {
        if (type == BackendCode.ErrorResponse)
        {
            _expected.Clear();
            _quiet.Clear();
            Skipping = true;
            return;
        }

        if (!_expected.TryPeek(out var code) || !Ends(code, type))
            return;
        _expected.Dequeue();
        if (code == QuietDescribe)
            _quiet.Dequeue();
        if (code == FrontendCode.Parse)
            _confirmedParses++;
    }

    /// <summary>The batch was ended by a Sync (and its ReadyForQuery read).</summary>
    public void Synced()
    {
        _expected.Clear();
        _quiet.Clear();
        BatchIsOpen = false;
        Skipping = false;
    }

    private static bool Ends(byte asked, byte reply) => (asked, reply) switch
    {
        (FrontendCode.Parse, BackendCode.ParseComplete) => true,
        (FrontendCode.Bind, BackendCode.BindComplete) => true,
        (FrontendCode.Close, BackendCode.CloseComplete) => true,
        ((byte)'t' or FrontendCode.Describe or QuietDescribe, BackendCode.RowDescription or BackendCode.NoData) => true,
        (FrontendCode.Execute, BackendCode.CommandComplete or BackendCode.EmptyQueryResponse or BackendCode.PortalSuspended) => true,
        _ => false,
    };
}
