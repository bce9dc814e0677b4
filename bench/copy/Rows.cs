using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Tangelo.Planning.Plans;

namespace Tangelo.Bench.Copy;

/// <summary>The rows of bench/side_by_side: a user, a key, a word, a time, an amount and a jsonb document; 77 bytes each in CSV.</summary>
internal static class Rows
{
    private static readonly string[] Kinds = ["view", "click", "buy", "share", "leave"];
    private static readonly string[] Pages = ["home", "cart", "item", "help", "news", "about"];

    public static byte[] Make(CopyFormat format, int count)
    {
        var chosen = new Random(20240101);
        var data = new MemoryStream(count * 110);
        if (format == CopyFormat.Binary)
            data.Write([.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0]);
        for (var row = 0; row < count; row++)
        {
            var user = chosen.Next(50000);
            string[] further =
            [
                Kinds[chosen.Next(5)],
                new DateTime(2024, 1 + (row % 6), 1 + (row % 28)).AddSeconds(chosen.Next(86400)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                (chosen.Next(1, 99999) / 100m).ToString("0.00", CultureInfo.InvariantCulture),
                $"{{\"page\":\"{Pages[chosen.Next(6)]}\",\"n\":{chosen.Next(100)}}}",
            ];
            if (format == CopyFormat.Binary)
                AppendTuple(data, user, 1000000 + row, further);
            else
                data.Write(Encoding.UTF8.GetBytes(Line(format, user, 1000000 + row, further)));
        }

        return data.ToArray();
    }

    private static string Line(CopyFormat format, int user, long key, string[] further) => format == CopyFormat.Csv
        ? $"{user},{key},{further[0]},{further[1]},{further[2]},\"{further[3].Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n"
        : $"{user}\t{key}\t{string.Join('\t', further)}\n";

    private static void AppendTuple(MemoryStream data, int user, long key, string[] further)
    {
        Span<byte> head = stackalloc byte[22];
        BinaryPrimitives.WriteInt16BigEndian(head, 6);
        BinaryPrimitives.WriteInt32BigEndian(head[2..], sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(head[6..], user);
        BinaryPrimitives.WriteInt32BigEndian(head[10..], sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(head[14..], key);
        data.Write(head);
        foreach (var value in further)
        {
            BinaryPrimitives.WriteInt32BigEndian(head, value.Length);
            data.Write(head[..sizeof(int)]);
            data.Write(Encoding.UTF8.GetBytes(value));
        }
    }
}
