using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Tangelo.Core;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;

namespace Tangelo.Workers.Connections;

/// <summary>
/// A connection to a PostgreSQL backend: start-up, reading messages, and what the server has told about its state. It knows
/// nothing of pools and transactions. One user at a time.
/// </summary>
public sealed class BackendConnection : IDisposable
{
    /// <summary>How long a server is waited for where nobody says otherwise.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly PgTransport _transport;

    private BackendConnection(BackendAddress address, PgTransport transport)
    {
        Address = address;
        _transport = transport;
        Prepared = new PreparedStatements(transport.Out);
    }

    public BackendAddress Address { get; }

    /// <summary>Write messages here, then <see cref="FlushAsync"/>.</summary>
    public OutputBuffer Out => _transport.Out;

    /// <summary>Received bytes, for passing rows on in bulk.</summary>
    public InputBuffer In => _transport.In;

    /// <summary>The backend's pid on its server.</summary>
    public int ProcessId { get; private set; }

    /// <summary>When the server's process began, in seconds since 1970 as numeric prints them; null where nobody has asked. Process ids alone are given again.</summary>
    public string? ProcessStart { get; set; }

    /// <summary>The key for CancelRequest.</summary>
    public int SecretKey { get; private set; }

    /// <summary>What the server reported by ParameterStatus, last value.</summary>
    public Dictionary<string, string> Parameters { get; } = [];

    /// <summary>The status of the last ReadyForQuery: 'I', 'T' or 'E'.</summary>
    public byte Status { get; private set; } = (byte)'I';

    /// <summary>The statements that this connection has prepared.</summary>
    public PreparedStatements Prepared { get; }

    /// <summary>The session settings laid on this connection, compared by reference; null when there are none. Any other object stands for unknown ones.</summary>
    public object? AppliedSettings { get; set; }

    /// <summary>False once anything went wrong on the wire: the connection must not be used again.</summary>
    public bool IsHealthy { get; private set; } = true;

    /// <summary>True where the routers' own role, a superuser on the coordinator, is none on this server: it acts as others by being a member of them.</summary>
    public bool IsRestricted { get; set; }

    /// <summary>True when it comes from a pool, where it may have ended unseen.</summary>
    public bool IsUsed { get; set; }

    /// <summary>True while it is lent on one of its node's places.</summary>
    public bool HasPlace { get; set; }

    /// <summary>How often something was sent: a borrower that finds the number unchanged has done nothing there.</summary>
    public long Flushes { get; private set; }

    /// <summary>When it was last given back, as a Stopwatch time stamp.</summary>
    public long IdleSince { get; set; } = Stopwatch.GetTimestamp();

    /// <summary>Called for each NoticeResponse body that <see cref="ReadReplyAsync"/> meets.</summary>
    public Action<ReadOnlyMemory<byte>>? OnNotice { get; set; }

    /// <summary>Called for each ParameterStatus and NotificationResponse that <see cref="ReadReplyAsync"/> meets, with its type and body.</summary>
    public Action<byte, ReadOnlyMemory<byte>>? OnStatus { get; set; }

    /// <summary>The error with which the server has ended this connection, as it came; null while it has not.</summary>
    public PgError? Fatal { get; private set; }

    /// <summary>True when the server has sent something that has not been read, or has closed: never so between statements of a healthy connection.</summary>
    public bool HasWaiting => In.Length > 0 || _transport.HasWaiting;

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsEncrypted => _transport.Tls is not null;

    /// <summary>Connects and logs in.</summary>
    /// <param name="address">Where and who.</param>
    /// <param name="parameters">Start-up parameters besides user and database.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="credentials">What to answer when the server asks for a password; by default the one of the address.</param>
    /// <param name="patience">The longest wait; by default <see cref="ConnectTimeout"/>.</param>
    /// <exception cref="PgException">The server's refusal, or 08006 when it cannot be reached.</exception>
    public static async Task<BackendConnection> ConnectAsync(
        BackendAddress address, IEnumerable<KeyValuePair<string, string>> parameters, CancellationToken cancellation,
        BackendCredentials? credentials = null, TimeSpan patience = default)
    {
        credentials ??= address.Password is { } password ? new BackendCredentials.Password(password) : null;
        patience = patience > TimeSpan.Zero ? patience : ConnectTimeout;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        var attempts = (address.Encryption ?? ServerEncryption.Default).Attempts;
        for (var i = 0; ; i++)
        {
            var transport = await address.OpenAsync(attempts[i], patience, cancellation).ConfigureAwait(false);
            var connection = new BackendConnection(address, transport);
            try
            {
                await connection.StartAsync(parameters, credentials, limit.Token).ConfigureAwait(false);
                connection.Watch();
                return connection;
            }
            catch (PgException e) when (i + 1 < attempts.Count && e.Code == SqlState.InvalidAuthorization && connection.IsEncrypted == attempts[i])
            {
                // The server's rules may let in who comes the other way.
                connection.Dispose();
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
            {
                connection.Abort();
                throw address.Lost("timeout expired", e);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
    }

    private void Watch()
    {
        if ((Address.Liveness ?? ServerLiveness.Default).Silence is { } silence && _transport.RemoteEndPoint is not UnixDomainSocketEndPoint)
            SilentServers.Watch(_transport, silence);
    }

    /// <summary>A connection to the same server as this one, encrypted if this one is, on which nothing has been sent.</summary>
    /// <exception cref="PgException">08006: nobody answers there.</exception>
    internal Task<PgTransport> OpenAnotherAsync(TimeSpan timeout, CancellationToken cancellation) =>
        Address.OpenAsync(IsEncrypted, timeout, cancellation);

    private async Task StartAsync(IEnumerable<KeyValuePair<string, string>> parameters, BackendCredentials? credentials, CancellationToken cancellation)
    {
        FrontendMessages.Startup(
            Out, parameters.Where(p => p.Key is not ("user" or "database")).Prepend(new("database", Address.Database)).Prepend(new("user", Address.User)));
        await FlushAsync(cancellation).ConfigureAwait(false);
        await LogInAsync(new BackendLogin(Address, credentials, _transport.Tls?.EndpointBinding), cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends what was written to <see cref="Out"/>.</summary>
    /// <exception cref="PgException">08006: the connection is gone.</exception>
    public ValueTask FlushAsync(CancellationToken cancellation)
    {
        Flushes++;
        try
        {
            var pending = _transport.FlushAsync(cancellation);
            return pending.IsCompletedSuccessfully ? pending : AwaitFlushAsync(pending);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Lost(e);
        }
    }

    /// <summary>Waits until more bytes are in <see cref="In"/>.</summary>
    /// <exception cref="PgException">08006: the connection is gone.</exception>
    public async ValueTask FillAsync(CancellationToken cancellation)
    {
        try
        {
            if (await _transport.FillAsync(In.MissingBytes(), cancellation).ConfigureAwait(false))
                return;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Lost(e);
        }

        throw Lost(null);
    }

    /// <summary>The next message, whatever it is. ReadyForQuery and ParameterStatus are noted on the way.</summary>
    public ValueTask<BackendMessage> ReadAsync(CancellationToken cancellation) =>
        TryRead(out var message) ? ValueTask.FromResult(message) : ReadSlowAsync(cancellation);

    /// <summary>The next message if it has been received whole.</summary>
    public bool TryRead(out BackendMessage message)
    {
        if (!In.TryTakeMessage(out var type, out var body))
        {
            message = default;
            return false;
        }

        message = new BackendMessage(type, body);
        Note(type, body.Span);
        return true;
    }

    /// <summary>The next message that answers something: notices go to <see cref="OnNotice"/>, status reports and notifications to <see cref="OnStatus"/>.</summary>
    public async ValueTask<BackendMessage> ReadReplyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var message = await ReadAsync(cancellation).ConfigureAwait(false);
            switch (message.Type)
            {
                case BackendCode.ParameterStatus or BackendCode.NotificationResponse:
                    OnStatus?.Invoke(message.Type, message.Body);
                    continue;
                case BackendCode.NoticeResponse:
                    OnNotice?.Invoke(message.Body);
                    continue;
                default:
                    return message;
            }
        }
    }

    /// <summary>Runs statements without parameters to the end and gives the rows of the last result, in text form.</summary>
    /// <exception cref="PgException">The server's error; the connection is usable afterwards.</exception>
    public async Task<List<string?[]>> QueryAsync(string sql, CancellationToken cancellation)
    {
        FrontendMessages.Query(Out, sql);
        await FlushAsync(cancellation).ConfigureAwait(false);
        return await ReadResultAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads replies up to ReadyForQuery; the rows are those of the last result.</summary>
    /// <exception cref="PgException">The first error among them.</exception>
    public async Task<List<string?[]>> ReadResultAsync(CancellationToken cancellation)
    {
        var rows = new List<string?[]>();
        PgError? error = null;
        while (true)
        {
            var message = await ReadReplyAsync(cancellation).ConfigureAwait(false);
            switch (message.Type)
            {
                case BackendCode.RowDescription:
                    rows.Clear();
                    break;
                case BackendCode.DataRow:
                    rows.Add(TextRow(message.Body.Span));
                    break;
                case BackendCode.ErrorResponse:
                    error ??= Failure(ErrorFields.Read(message.Body.Span));
                    if (!IsHealthy)
                        throw new PgException(error);
                    break;
                case BackendCode.CopyInResponse:
                    FrontendMessages.CopyFail(Out, "COPY is not possible here");
                    await FlushAsync(cancellation).ConfigureAwait(false);
                    break;
                case BackendCode.ReadyForQuery:
                    return error is null ? rows : throw new PgException(error);
            }
        }
    }

    /// <summary>
    /// What the server's error means to the client: the same, but the end of this connection is an error of the statement that
    /// names the node, not the end of the client's session, and one about what the node has run out of says which node.
    /// </summary>
    public PgError Failure(PgError error)
    {
        if (error.Severity is not ("FATAL" or "PANIC"))
            return SqlState.IsAboutServer(error.Code) ? error with { Detail = (error.Detail is null ? "" : error.Detail + "\n") + $"The node is {Address.Node}." } : error;
        IsHealthy = false;
        return Address.Lost(error.Message, null).Error;
    }

    /// <summary>Marks the connection as not to be used again and closes its socket, which ends pending reads.</summary>
    public void Abort()
    {
        IsHealthy = false;
        SilentServers.Forget(_transport);
        _transport.Abort();
    }

    /// <summary>The server is silent: whoever waits for it learns that the connection is lost. May be called from any thread.</summary>
    public void GiveUp() => _transport.GiveUp();

    /// <inheritdoc/>
    public void Dispose()
    {
        SilentServers.Forget(_transport);

        // What was written and never sent must not reach the server now.
        if (IsHealthy && Out.Length > 0)
            Abort();
        if (IsHealthy)
        {
            IsHealthy = false;
            FrontendMessages.Terminate(Out);
            var last = _transport.FlushAsync(CancellationToken.None);
            if (!last.IsCompleted)
            {
                // The peer does not read: it learns of the end from the closed socket.
                _transport.Abort();
                return;
            }
        }

        _transport.Dispose();
    }

    private static string?[] TextRow(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var values = new string?[reader.ReadInt16()];
        for (var i = 0; i < values.Length; i++)
        {
            var length = reader.ReadInt32();
            values[i] = length < 0 ? null : Encoding.UTF8.GetString(reader.ReadBytes(length));
        }

        return values;
    }

    private async ValueTask AwaitFlushAsync(ValueTask pending)
    {
        try
        {
            await pending.ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Lost(e);
        }
    }

    private async ValueTask<BackendMessage> ReadSlowAsync(CancellationToken cancellation)
    {
        BackendMessage message;
        do
        {
            await FillAsync(cancellation).ConfigureAwait(false);
        }
        while (!TryRead(out message));
        return message;
    }

    private void Note(byte type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case BackendCode.ReadyForQuery:
                Status = body[0];
                break;
            case BackendCode.ParseComplete:
                Prepared.Confirm();
                break;
            case BackendCode.ErrorResponse when ErrorFields.Read(body) is { Severity: "FATAL" or "PANIC" } fatal:
                Fatal = fatal;
                break;
            case BackendCode.ParameterStatus:
                var reader = new MessageReader(body);
                Parameters[reader.ReadCString()] = reader.ReadCString();
                break;
        }
    }

    private async Task LogInAsync(BackendLogin login, CancellationToken cancellation)
    {
        while (true)
        {
            var message = await ReadAsync(cancellation).ConfigureAwait(false);
            switch (message.Type)
            {
                case BackendCode.Authentication:
                    login.Answer(message.Body.Span, Out);
                    await FlushAsync(cancellation).ConfigureAwait(false);
                    break;
                case BackendCode.BackendKeyData:
                    var reader = new MessageReader(message.Body.Span);
                    ProcessId = reader.ReadInt32();
                    SecretKey = reader.ReadInt32();
                    break;
                case BackendCode.NoticeResponse:
                    OnNotice?.Invoke(message.Body);
                    break;
                case BackendCode.ErrorResponse:
                    throw new PgException(ErrorFields.Read(message.Body.Span));
                case BackendCode.ReadyForQuery:
                    return;
            }
        }
    }

    private PgException Lost(Exception? inner)
    {
        IsHealthy = false;
        var reason = _transport.IsGivenUp ? new SocketException((int)SocketError.TimedOut).Message
            : inner is SocketException s ? s.Message : "server closed the connection unexpectedly";
        return Address.Lost(reason, inner);
    }
}
