using System.Globalization;

namespace Tangelo.Catalog.Tests.Hashing;

/// <summary>Texts of keys, the same in every run: edges by hand, the rest by a generator with a fixed seed.</summary>
internal static class KeySamples
{
    private const int Count = 3000;

    /// <summary>For types whose hash function SQL cannot call with them: it gives the hash of a record's only field.</summary>
    private const string Generic = "hash_record";

    /// <summary>Type, its hash function, texts, and the share of the texts that must be hashed without PostgreSQL.</summary>
    public static IEnumerable<(string Type, string Function, string[] Texts, double Known)> All()
    {
        yield return ("int2", "hashint2", [.. Many(r => r.Next(-32768, 32768).ToString()), "32767", "-32768", " 7 ", "+7", "007"], 1);
        yield return ("int4", "hashint4", [.. Many(Int4), "2147483647", "-2147483648", "\t-7\n", "+7", "0", "-0"], 1);
        yield return ("int8", "hashint8", [.. Many(Int8), .. Many(Int4), "9223372036854775807", "-9223372036854775808", " 5"], 1);
        yield return ("text", "hashtext", [.. Many(Text), ""], 1);
        yield return ("varchar", "hashtext", [.. Many(Text), "", "trailing  "], 1);
        yield return ("bpchar", "hashbpchar", [.. Many(r => Text(r) + new string(' ', r.Next(4))), "", "   "], 1);
        yield return ("name", "hashname", [.. Many(Text), "", new string('x', 64), new string('é', 40)], 0.3);
        yield return ("\"char\"", "hashchar", ["a", "", "Z", "~", "1", "é", "two"], 0.7);
        yield return ("bool", Generic, ["t", "f", "true", "FALSE", "yes", "n", "on", "of", "off", "1", "0", " t ", "tr"], 1);
        yield return ("bytea", Generic, [.. Many(r => "\\x" + Convert.ToHexString(Bytes(r, 40))), "\\x", "", "abc", @"a\\b\000\377", "\\x 0a 0B"], 1);
        yield return ("uuid", "uuid_hash", [.. Many(r => new Guid(Fill(r, 16)).ToString()), "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11"], 1);
        yield return ("oid", "hashoid", [.. Many(r => ((uint)r.NextInt64(1L << 32)).ToString()), "4294967295", "-1", "0"], 0.99);
        yield return ("regclass", Generic, ["pg_class", "pg_type"], 0);
        yield return ("xid", Generic, [.. Many(r => ((uint)r.NextInt64(1L << 32)).ToString()), "0x10", "010"], 0.99);
        yield return ("cid", Generic, [.. Many(r => ((uint)r.NextInt64(1L << 32)).ToString())], 1);
        yield return ("xid8", Generic, [.. Many(r => r.NextInt64(1L << 58).ToString()), "18446744073709551615"], 0.99);
        yield return ("tid", "hashtid", [.. Many(r => $"({r.Next(999999999)},{r.Next(65536)})"), "(4294967295,1)"], 0.99);
        yield return ("pg_lsn", "pg_lsn_hash", [.. Many(r => $"{r.Next():X}/{r.Next():x}"), "0/0", "FFFFFFFF/FFFFFFFF"], 1);
        yield return ("float4", "hashfloat4", [.. Many(r => Float(r, 30)), "-0", "0", "NaN", "infinity", "-Infinity", " 1.5 ", "+1.5", "1.", ".5", "0x1p3", "1e-45", "3.4028235e38", "16777217"], 0.99);
        yield return ("float8", "hashfloat8", [.. Many(r => Float(r, 300)), .. Many(r => r.NextDouble().ToString("R")), "-0", "0", "nan", "inf", "-Infinity", "1e-320", "0e99999", "0.1", "9007199254740993"], 0.99);
        yield return ("numeric", "hash_numeric", [.. Many(Numeric), "0", "-0", "0.000", "NaN", "Infinity", "-infinity", "1e100", "1.0e-50", " 12.50 ", "+1", ".5", "5.", "10000", "100000000", "0.0001", "0.00010", "1e5", "1E-5", "100000e-5"], 1);
        yield return ("macaddr", "hashmacaddr", [.. Many(r => Mac(r, 6, ':')), .. Many(r => Mac(r, 6, '-')), "0800.2b01.0203"], 0.99);
        yield return ("macaddr8", "hashmacaddr8", [.. Many(r => Mac(r, 8, ':')), .. Many(r => Mac(r, 6, '-')), "08002b:0102030405"], 0.99);
        yield return ("inet", "hashinet", [.. Many(Inet), .. Many(r => Inet(r) + "/" + r.Next(33)), .. Many(Inet6), "::1", "::", "fe80::1/64", "10.1.0.0/16", "::ffff:1.2.3.4", "::1.2.3.4"], 0.99);
        yield return ("cidr", "hashinet", [.. Many(Inet), .. Many(Inet6), "10.0.0.0/8", "10/8", "192.168.1", "2001:db8::/32"], 0.99);
        yield return ("date", Generic, [.. Many(Date), "infinity", "-infinity", "epoch", "0001-01-01", "9999-12-31", "4713-01-01 BC", "20200101", "2000-02-29"], 0.99);
        yield return ("time", "time_hash", [.. Many(Time), "00:00", "23:59:59.999999", "24:00:00", "10:00:60", "4:05 PM"], 0.99);
        yield return ("timetz", "timetz_hash", [.. Many(r => Time(r) + Offset(r)), "12:00:00", "12:00:00Z", "12:00 PST", "24:00:00+00"], 0.99);
        yield return ("timestamp", "timestamp_hash", [.. Many(r => $"{Date(r)} {Time(r)}"), .. Many(r => $"{Date(r)}T{Time(r)}"), "2020-01-01", "infinity", "-infinity", "2020-01-01 24:00:00"], 0.99);
        yield return ("timestamptz", Generic, [.. Many(r => $"{Date(r)} {Time(r)}{Offset(r)}"), "2020-01-01 10:00:00Z", "2020-01-01 10:00:00", "2020-01-01", "infinity", "2020-07-01 10:00 Europe/Paris"], 0.99);
        yield return ("interval", "interval_hash", [.. Many(Interval), "1 day", "24:00", "23:59:59.5", "-1 days", "1 mon", "30 days", "P1Y2M", "1 year 2 mons 3 days 04:05:06.789"], 0.95);
        yield return ("jsonb", "jsonb_hash", [.. Many(r => Json(r, 0)), "1", "\"a\"", "null", "true", "false", "[]", "{}", """{"b":1,"a":2,"b":3,"aa":[1,{"x":null}]}""", "1e5", "-0", "100000", "\"\\u00e9\\n\""], 1);
        yield return ("int4[]", "hash_array", [.. Many(r => Array(r, Int4)), "{}", "{NULL,1}", "{{1,2},{3,4}}", "[2:3]={1,2}", " { 1 , 2 } "], 0.99);
        yield return ("text[]", "hash_array", [.. Many(r => Array(r, x => "\"" + Text(x).Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"")), "{a,\"NULL\",null}", "{a\\,b}", "{\"\"}"], 0.99);
        yield return ("numeric[]", "hash_array", [.. Many(r => Array(r, Numeric))], 0.99);
        yield return ("int4range", "hash_range", [.. Many(r => Range(r, x => x.Next(-50, 50))), "empty", "(,)", "[1,2147483646]", "(5,6)", "(5,5)", "[5,5]"], 0.99);
        yield return ("int8range", "hash_range", [.. Many(r => Range(r, x => x.NextInt64(long.MaxValue / 2)))], 0.99);
        yield return ("numrange", "hash_range", [.. Many(r => Range(r, x => x.Next(100000))), "[1.0,1.00)", "[1.0,1.00]", "(,3.5]"], 0.95);
        yield return ("daterange", "hash_range", [.. Many(r => Range(r, x => x.Next(3000), d => new DateOnly(2000, 1, 1).AddDays(d).ToString("yyyy-MM-dd")))], 0.99);
        yield return ("tsrange", "hash_range", [.. Many(r => Range(r, x => x.Next(3000), d => $"\"{new DateOnly(2000, 1, 1).AddDays(d):yyyy-MM-dd} 12:00:00\""))], 0.99);
        yield return ("tstzrange", "hash_range", [.. Many(r => Range(r, x => x.Next(3000), d => $"\"{new DateOnly(2000, 1, 1).AddDays(d):yyyy-MM-dd} 12:00:00+01\""))], 0.99);
    }

    private static IEnumerable<string> Many(Func<Random, string> make)
    {
        var random = new Random(20240607);
        return Enumerable.Range(0, Count).Select(_ => make(random));
    }

    private static string Int4(Random r) => ((int)r.NextInt64(int.MinValue, 1L << 31)).ToString();

    private static string Int8(Random r) => r.NextInt64(long.MinValue, long.MaxValue).ToString();

    private static string Text(Random r)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz ABC0123456789_-'\"\\{},éßЖ漢😀";
        var runes = Alphabet.EnumerateRunes().ToArray();
        return string.Concat(Enumerable.Range(0, r.Next(1, 60)).Select(_ => runes[r.Next(runes.Length)].ToString()));
    }

    private static byte[] Fill(Random r, int length)
    {
        var bytes = new byte[length];
        r.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Bytes(Random r, int max) => Fill(r, r.Next(max));

    private static string Float(Random r, int exponent) =>
        ((r.NextDouble() - 0.5) * Math.Pow(10, r.Next(-exponent, exponent))).ToString("R", CultureInfo.InvariantCulture);

    private static string Digits(Random r, int max) => string.Concat(Enumerable.Range(0, r.Next(1, max)).Select(_ => r.Next(3) == 0 ? '0' : (char)('0' + r.Next(10))));

    private static string Numeric(Random r) =>
        (r.Next(2) == 0 ? "-" : "") + Digits(r, 25) + (r.Next(3) > 0 ? "." + Digits(r, 15) : "") + (r.Next(8) == 0 ? $"e{r.Next(-30, 30)}" : "");

    private static string Mac(Random r, int size, char separator) => string.Join(separator, Fill(r, size).Select(b => b.ToString("x2")));

    private static string Inet(Random r) => string.Join('.', Fill(r, 4));

    private static string Inet6(Random r) => string.Join(':', Enumerable.Range(0, 8).Select(_ => r.Next(4) == 0 ? "0" : r.Next(65536).ToString("x")));

    private static string Date(Random r) => $"{r.Next(1, 10000):0000}-{r.Next(1, 13):00}-{r.Next(1, 29):00}";

    private static string Time(Random r) =>
        $"{r.Next(24):00}:{r.Next(60):00}:{r.Next(60):00}" + (r.Next(2) == 0 ? "" : "." + Digits(r, 7));

    private static string Offset(Random r) =>
        (r.Next(2) == 0 ? "+" : "-") + $"{r.Next(15):00}" + (r.Next(2) == 0 ? "" : $":{r.Next(60):00}" + (r.Next(4) > 0 ? "" : $":{r.Next(60):00}"));

    private static string Interval(Random r) => string.Join(' ', new[]
    {
        r.Next(2) == 0 ? "" : $"{r.Next(2, 900)} years", r.Next(2) == 0 ? "" : $"{r.Next(2, 12)} mons",
        r.Next(2) == 0 ? "" : $"{r.Next(2, 31)} days", Time(r),
    }.Where(s => s.Length > 0));

    private static string Array(Random r, Func<Random, string> element) =>
        "{" + string.Join(',', Enumerable.Range(0, r.Next(6)).Select(_ => r.Next(8) == 0 ? "NULL" : element(r))) + "}";

    private static string Range<T>(Random r, Func<Random, T> value, Func<T, string>? format = null)
        where T : IComparable<T>
    {
        var (a, b) = (value(r), value(r));
        if (a.CompareTo(b) > 0)
            (a, b) = (b, a);
        var (low, high) = (format?.Invoke(a) ?? a.ToString(), format?.Invoke(b) ?? b.ToString());
        return (r.Next(2) == 0 ? "[" : "(") + (r.Next(10) == 0 ? "" : low) + "," + (r.Next(10) == 0 ? "" : high) + (r.Next(2) == 0 ? "]" : ")");
    }

    private static string Json(Random r, int depth) => r.Next(depth > 3 ? 5 : 7) switch
    {
        0 => "null",
        1 => r.Next(2) == 0 ? "true" : "false",
        2 => Int4(r),
        3 => $"{r.Next(1000)}.{Digits(r, 9)}",
        4 => System.Text.Json.JsonSerializer.Serialize(Text(r)),
        5 => "[" + string.Join(", ", Enumerable.Range(0, r.Next(5)).Select(_ => Json(r, depth + 1))) + "]",
        _ => "{" + string.Join(", ", Enumerable.Range(0, r.Next(5)).Select(_ => System.Text.Json.JsonSerializer.Serialize(Text(r)[..1]) + ": " + Json(r, depth + 1))) + "}",
    };
}
