using System.Buffers.Binary;
using System.Net.Sockets;

namespace Tangelo.Harness.Wire;

/// <summary>
/// A thin protocol client: it sends what it is told and keeps everything that comes back. Drivers hide or reorder
/// too much of it to compare two servers.
/// </summary>
internal sealed class WireSession : IAsyncDisposable
{
    private readonly TcpClient _socket;
    private readonly NetworkStream _stream;
    private readonly BufferedStream _input;

    private WireSession(TcpClient socket)
    {
        _socket = socket;
        _stream = socket.GetStream();
        _input = new BufferedStream(_stream, 32768);
    }

    /// <summary>Connects and waits for the first ReadyForQuery.</summary>
    /// <exception cref="IOException">The server refused the session.</exception>
    public static async Task<WireSession> OpenAsync(ServerAddress server, CancellationToken cancel)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.NextPort(), cancel);
        var session = new WireSession(socket);
        var answer = await session.RunAsync(new FrontendBuffer().Startup(server.User, server.Database), null, cancel);
        if (answer.FirstError is { } error)
            throw new IOException($"session refused: {error}");
        return session;
    }

    /// <summary>Sends a simple query, one statement or several.</summary>
    public Task<Transcript> QueryAsync(string sql, CopyInput? copy, CancellationToken cancel)
        => RunAsync(new FrontendBuffer().Query(sql), copy, cancel);

    /// <summary>Sends Parse, Describe, Bind, Describe, Execute and Sync for one statement.</summary>
    public Task<Transcript> ExtendedAsync(string sql, short resultFormat, int maxRows, CopyInput? copy, CancellationToken cancel)
    {
        var messages = new FrontendBuffer().Parse("", sql).DescribeStatement("").Bind("", [], resultFormat).DescribePortal();
        messages.Execute(maxRows);
        // A second and third Execute fetch on from a suspended portal.
        if (maxRows > 0)
            messages.Execute(maxRows).Execute(0);
        // In copy-in mode the server drops a Sync, so it has to follow the data.
        return RunAsync(copy is null ? messages.Sync() : messages.Flush(), copy, cancel);
    }

    /// <summary>Sends one round of messages, with the data of a COPY FROM STDIN if there is one, and reads up to ReadyForQuery.</summary>
    public async Task<Transcript> RunAsync(FrontendBuffer messages, CopyInput? copy, CancellationToken cancel)
    {
        await _stream.WriteAsync(messages.Written, cancel);
        var result = new Transcript();
        var current = new StatementReply();
        while (true)
        {
            var (type, body) = await ReadAsync(cancel);
            if (type == 'Z')
            {
                result.Status = (char)body[0];
                return result;
            }
            if (type == 'G')
                await SendCopyAsync(copy, cancel);
            Take(type, body, current, result);
            if (!current.IsEnded)
                continue;
            if (current.Error is not null && copy is { IsExtended: true, IsSent: false })
                await _stream.WriteAsync(new FrontendBuffer().Sync().Written, cancel);
            result.Replies.Add(current);
            if (current.Error is { Severity: "FATAL" or "PANIC" })
                return result;
            // The rows that follow a suspension have the columns that were described before it.
            current = new StatementReply { Fields = current.Tag == StatementReply.SuspendedTag ? current.Fields : null };
        }
    }

    private async Task SendCopyAsync(CopyInput? copy, CancellationToken cancel)
    {
        var messages = new FrontendBuffer();
        if (copy is null)
        {
            messages.CopyFail("no data in the script");
        }
        else
        {
            foreach (var chunk in copy.Data.Chunk(1000))
                messages.CopyData(chunk);
            messages.CopyDone();
            if (copy.IsExtended)
                messages.Sync();
            copy.IsSent = true;
        }
        await _stream.WriteAsync(messages.Written, cancel);
    }

    private static void Take(char type, byte[] body, StatementReply current, Transcript result)
    {
        var reader = new BackendReader(body);
        switch (type)
        {
            case 'T': current.Fields = reader.Fields(); break;
            case 'D': current.Rows.Add(reader.Row()); break;
            case 'C': current.Tag = reader.Text(); break;
            case 'E': current.Error = reader.Notice(); break;
            case 'I': current.Tag = StatementReply.EmptyTag; break;
            case 's': current.Tag = StatementReply.SuspendedTag; break;
            case 'N': result.Notices.Add(reader.Notice()); break;
            case 'S': result.Settings[reader.Text()] = reader.Text(); break;
            case 'G' or 'H':
                current.CopyFormat = reader.Byte();
                if (type == 'H')
                    current.CopyOut = new MemoryStream();
                break;
            case 'd': current.CopyOut!.Write(body); break;
            case 't':
                current.ParameterTypes = [];
                for (var left = reader.Int16(); left > 0; left--)
                    current.ParameterTypes.Add((uint)reader.Int32());
                break;
            case 'A':
                reader.Int32();
                result.Notifications.Add($"{reader.Text()}: {reader.Text()}");
                break;
            case 'R':
                if (reader.Int32() != 0)
                    throw new IOException("the server asks for a password");
                break;
            case 'K' or '1' or '2' or '3' or 'n' or 'c':
                break;
            default:
                throw new IOException($"unexpected message '{type}'");
        }
    }

    private async Task<(char Type, byte[] Body)> ReadAsync(CancellationToken cancel)
    {
        var header = new byte[5];
        await _input.ReadExactlyAsync(header, cancel);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1)) - 4];
        await _input.ReadExactlyAsync(body, cancel);
        return ((char)header[0], body);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.WriteAsync(new FrontendBuffer().Terminate().Written);
        }
        catch (IOException)
        {
            // The server has closed the connection already.
        }
        await _input.DisposeAsync();
        _socket.Dispose();
    }
}
