using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Intermediate;

/// <summary>Rows in text format as the data of a COPY ... FROM STDIN.</summary>
internal static class CopyTextStream
{
    private const int PieceSize = 128 * 1024;

    /// <summary>Sends the rows that are left; the end of the data is the caller's.</summary>
    public static async ValueTask SendAsync(RowSpool rows, BackendConnection connection, CancellationToken cancellation)
    {
        using var text = new CopyTextEncoder();
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
        {
            text.Add(row.Span[5..]);
            if (text.Written.Length < PieceSize)
                continue;
            connection.Out.WriteMessage(FrontendCode.CopyData, text.Written.Span);
            text.Reset();
            await connection.FlushAsync(cancellation).ConfigureAwait(false);
        }

        connection.Out.WriteMessage(FrontendCode.CopyData, text.Written.Span);
    }
}
