using Tangelo.Core;
using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>What PostgreSQL checks of a Bind message before it looks at the values.</summary>
internal static class BindFormats
{
    /// <param name="tail">What follows the names.</param>
    /// <param name="statement">The statement's name.</param>
    /// <param name="portal">The portal's name.</param>
    /// <param name="parameters">How many parameters the statement has.</param>
    /// <param name="columns">How many columns it gives; null when it gives none and the formats count for nothing.</param>
    /// <exception cref="PgException">08P01 or 22023, in PostgreSQL's words.</exception>
    public static void Check(ReadOnlySpan<byte> tail, string statement, string portal, int parameters, int? columns)
    {
        var reader = new MessageReader(tail);
        var formats = ReadFormats(ref reader);
        int count = reader.ReadInt16();
        if (formats.Length > 1 && formats.Length != count)
            throw new PgException(SqlState.ProtocolViolation, $"bind message has {formats.Length} parameter formats but {count} parameters");
        if (count != parameters)
        {
            throw new PgException(
                SqlState.ProtocolViolation, $"bind message supplies {count} parameters, but prepared statement \"{statement}\" requires {parameters}");
        }

        for (var i = 0; i < count; i++)
        {
            var length = reader.ReadInt32();
            if (length > 0)
                reader.ReadBytes(length);
            var format = formats.Length == 0 ? 0 : formats[formats.Length == 1 ? 0 : i];
            if (format is not (0 or 1))
                throw Unsupported(format, portal, i + 1);
        }

        var results = ReadFormats(ref reader);
        if (columns is > 0 && results.Length > 1 && results.Length != columns)
            throw new PgException(SqlState.ProtocolViolation, $"bind message has {results.Length} result formats but query has {columns} columns");
    }

    private static int[] ReadFormats(ref MessageReader reader)
    {
        int length = reader.ReadInt16();
        if (length <= 0)
            return [];
        var formats = new int[length];
        for (var i = 0; i < length; i++)
            formats[i] = reader.ReadInt16();
        return formats;
    }

    private static PgException Unsupported(int format, string portal, int parameter) => new(new PgError
    {
        Code = SqlState.InvalidParameterValue,
        Message = $"unsupported format code: {format}",
        Where = (portal.Length == 0 ? "unnamed portal" : $"portal \"{portal}\"") + $" parameter ${parameter}",
    });
}
