using System.Text;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Tests.Support;

/// <summary>A connection to a real server that can run COPY with any bytes.</summary>
public sealed class CopyConnection(BackendConnection connection) : IDisposable
{
    public async Task<List<string?[]>> QueryAsync(string sql) => await connection.QueryAsync(sql, default);

    public async Task<string?> ScalarAsync(string sql) => (await QueryAsync(sql))[0][0];

    /// <summary>Runs COPY ... FROM STDIN to its end; returns the rows of the tag.</summary>
    /// <exception cref="PgException">The server's error.</exception>
    public async Task<long> CopyInAsync(string sql, ReadOnlyMemory<byte> data)
    {
        FrontendMessages.Query(connection.Out, sql);
        await connection.FlushAsync(default);
        PgException? error = null;
        long rows = 0;
        while (true)
        {
            var message = await connection.ReadReplyAsync(default);
            switch (message.Type)
            {
                case BackendCode.CopyInResponse:
                    if (data.Length > 0)
                        connection.Out.WriteMessage((byte)'d', data.Span);
                    FrontendMessages.CopyDone(connection.Out);
                    await connection.FlushAsync(default);
                    break;
                case BackendCode.ErrorResponse:
                    error = new PgException(ErrorFields.Read(message.Body.Span));
                    break;
                case BackendCode.CommandComplete:
                    rows = long.Parse(Encoding.ASCII.GetString(message.Body.Span[..^1]).Split(' ')[^1]);
                    break;
                case BackendCode.ReadyForQuery:
                    return error is null ? rows : throw error;
            }
        }
    }

    /// <summary>Runs COPY ... TO STDOUT; the payloads of its CopyData messages.</summary>
    public async Task<List<byte[]>> CopyOutAsync(string sql)
    {
        FrontendMessages.Query(connection.Out, sql);
        await connection.FlushAsync(default);
        var payloads = new List<byte[]>();
        PgException? error = null;
        while (true)
        {
            var message = await connection.ReadReplyAsync(default);
            switch (message.Type)
            {
                case BackendCode.CopyData:
                    payloads.Add(message.Body.ToArray());
                    break;
                case BackendCode.ErrorResponse:
                    error = new PgException(ErrorFields.Read(message.Body.Span));
                    break;
                case BackendCode.ReadyForQuery:
                    return error is null ? payloads : throw error;
            }
        }
    }

    public void Dispose() => connection.Dispose();
}
