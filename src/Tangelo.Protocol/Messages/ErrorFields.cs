using System.Text;
using Tangelo.Core;
using Tangelo.Protocol.Buffers;

namespace Tangelo.Protocol.Messages;

/// <summary>Reads and writes the bodies of ErrorResponse and NoticeResponse.</summary>
public static class ErrorFields
{
    /// <summary>The fields of a body; unknown ones are left out.</summary>
    public static PgError Read(ReadOnlySpan<byte> body)
    {
        var error = new PgError();
        while (body.Length > 1 && body[0] != 0)
        {
            var code = body[0];
            var end = body[1..].IndexOf((byte)0);
            if (end < 0)
                break;
            var text = Encoding.UTF8.GetString(body.Slice(1, end));
            body = body[(end + 2)..];
            error = (char)code switch
            {
                'V' => error with { Severity = text },
                'C' => error with { Code = text },
                'M' => error with { Message = text },
                'D' => error with { Detail = text },
                'H' => error with { Hint = text },
                'P' => error with { Position = Number(text) },
                'p' => error with { InternalPosition = Number(text) },
                'q' => error with { InternalQuery = text },
                'W' => error with { Where = text },
                's' => error with { Schema = text },
                't' => error with { Table = text },
                'c' => error with { Column = text },
                'd' => error with { DataType = text },
                'n' => error with { Constraint = text },
                'F' => error with { File = text },
                'L' => error with { Line = Number(text) },
                'R' => error with { Routine = text },
                _ => error,
            };
        }

        return error;
    }

    /// <summary>Writes a whole ErrorResponse, or a NoticeResponse when the severity is below ERROR.</summary>
    public static void Write(OutputBuffer buffer, PgError error)
    {
        var isError = error.Severity is "ERROR" or "FATAL" or "PANIC";
        buffer.Begin(isError ? BackendCode.ErrorResponse : BackendCode.NoticeResponse);
        Field(buffer, 'S', error.Severity);
        Field(buffer, 'V', error.Severity);
        Field(buffer, 'C', error.Code);
        Field(buffer, 'M', error.Message);
        Field(buffer, 'D', error.Detail);
        Field(buffer, 'H', error.Hint);
        Field(buffer, 'P', error.Position?.ToString());
        Field(buffer, 'p', error.InternalPosition?.ToString());
        Field(buffer, 'q', error.InternalQuery);
        Field(buffer, 'W', error.Where);
        Field(buffer, 's', error.Schema);
        Field(buffer, 't', error.Table);
        Field(buffer, 'c', error.Column);
        Field(buffer, 'd', error.DataType);
        Field(buffer, 'n', error.Constraint);
        Field(buffer, 'F', error.File);
        Field(buffer, 'L', error.Line?.ToString());
        Field(buffer, 'R', error.Routine);
        buffer.WriteByte(0);
        buffer.End();
    }

    private static void Field(OutputBuffer buffer, char code, string? text)
    {
        if (text is null)
            return;
        buffer.WriteByte((byte)code);
        buffer.WriteCString(text);
    }

    private static int? Number(string text) => int.TryParse(text, out var n) ? n : null;
}
