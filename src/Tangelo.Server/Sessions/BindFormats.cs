using System.Text;
using System.Text.Unicode;
using Tangelo.Core;
using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>What PostgreSQL checks of a Bind message before it converts the values.</summary>
internal static class BindFormats
{
    /// <param name="tail">What follows the names.</param>
    /// <param name="statement">The statement's name.</param>
    /// <param name="portal">The portal's name.</param>
    /// <param name="parameters">How many parameters the statement has.</param>
    /// <param name="isUtf8">Whether texts are in UTF-8 and can be checked.</param>
    /// <param name="columns">How many columns it gives; null when it gives none and the formats count for nothing.</param>
    /// <exception cref="PgException">08P01, 22021 or 22023, in PostgreSQL's words.</exception>
    public static void Check(ReadOnlySpan<byte> tail, string statement, string portal, int parameters, bool isUtf8, int? columns)
    {
        var reader = new MessageReader(tail);
        var formats = ReadFormats(ref reader);
        var count = reader.ReadCount();
        if (formats.Length > 1 && formats.Length != count)
            throw new PgException(SqlState.ProtocolViolation, $"bind message has {formats.Length} parameter formats but {count} parameters");
        if (count != parameters)
        {
            throw new PgException(
                SqlState.ProtocolViolation, $"bind message supplies {count} parameters, but prepared statement \"{statement}\" requires {parameters}");
        }

        for (var i = 0; i < count; i++)
        {
            try
            {
                CheckParameter(ref reader, formats.Length == 0 ? 0 : formats[formats.Length == 1 ? 0 : i], isUtf8);
            }
            catch (PgException e)
            {
                throw new PgException(e.Error with { Where = (portal.Length == 0 ? "unnamed portal" : $"portal \"{portal}\"") + $" parameter ${i + 1}" }, e);
            }
        }

        var results = ReadFormats(ref reader);
        reader.RequireEnd();
        if (columns is > 0 && results.Length > 1 && results.Length != columns)
            throw new PgException(SqlState.ProtocolViolation, $"bind message has {results.Length} result formats but query has {columns} columns");
    }

    private static int[] ReadFormats(ref MessageReader reader)
    {
        var formats = new int[reader.ReadCount()];
        for (var i = 0; i < formats.Length; i++)
            formats[i] = reader.ReadInt16();
        return formats;
    }

    private static void CheckParameter(ref MessageReader reader, int format, bool isUtf8)
    {
        var length = reader.ReadInt32();
        var value = length == -1 ? default : reader.ReadBytes(length);
        if (format is not (0 or 1))
            throw new PgException(SqlState.InvalidParameterValue, $"unsupported format code: {format}");
        if (format == 0 && isUtf8 && FirstInvalid(value) is var invalid and >= 0)
        {
            var character = value[invalid..][..Math.Min(value.Length - invalid, CharacterLength(value[invalid]))];
            throw new PgException(
                SqlState.CharacterNotInRepertoire,
                "invalid byte sequence for encoding \"UTF8\": " + string.Join(' ', character.ToArray().Select(b => $"0x{b:x2}")));
        }
    }

    /// <summary>Where a text stops being UTF-8 without zeros; -1 when it does not.</summary>
    private static int FirstInvalid(ReadOnlySpan<byte> value)
    {
        var zero = value.IndexOf((byte)0);
        var valid = zero < 0 ? value : value[..zero];
        if (Utf8.IsValid(valid))
            return zero;
        for (var position = 0; ;)
        {
            if (Rune.DecodeFromUtf8(valid[position..], out _, out var length) != System.Buffers.OperationStatus.Done)
                return position;
            position += length;
        }
    }

    /// <summary>How many bytes a character takes that begins like this.</summary>
    private static int CharacterLength(byte first) => first switch
    {
        >= 0xF0 and < 0xF8 => 4,
        >= 0xE0 and < 0xF0 => 3,
        >= 0xC0 and < 0xE0 => 2,
        _ => 1,
    };
}
