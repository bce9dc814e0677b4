using System.Buffers.Binary;
using System.Text;
using Tangelo.Harness.Wire;

namespace Tangelo.Server.Tests.Conversations;

/// <summary>From a line of a conversation to the message it stands for.</summary>
internal static class MessageLine
{
    public static void Write(FrontendBuffer to, string line)
    {
        var (word, rest) = Conversation.Split(line);
        var (first, second) = Conversation.Split(rest);
        _ = word switch
        {
            "query" => to.Query(Unescape(rest)),
            "parse" => Parse(to, first, second),
            "bind" => Bind(to, first, second),
            "describe" => first == "S" ? to.DescribeStatement(Name(second)) : to.DescribePortal(Name(second)),
            "close" => first == "S" ? to.CloseStatement(Name(second)) : to.ClosePortal(Name(second)),
            "execute" => to.Execute(Name(first), second.Length == 0 ? 0 : int.Parse(second)),
            "flush" => to.Flush(),
            "sync" => to.Sync(),
            "terminate" => to.Terminate(),
            "copydata" => to.CopyData(Encoding.UTF8.GetBytes(Unescape(rest))),
            "copydone" => to.CopyDone(),
            "copyfail" => to.CopyFail(rest),
            "function" => to.FunctionCall(uint.Parse(first), Values(second)),
            "raw" => to.Raw(Convert.FromHexString(rest)),
            _ => throw new InvalidOperationException($"Not a message: {line}"),
        };
    }

    // parse <name> [types=23,25] <sql>
    private static FrontendBuffer Parse(FrontendBuffer to, string name, string rest)
    {
        uint[] types = [];
        if (rest.StartsWith("types=", StringComparison.Ordinal))
        {
            var (list, sql) = Conversation.Split(rest);
            types = [.. list["types=".Length..].Split(',').Select(uint.Parse)];
            rest = sql;
        }

        return to.Parse(Name(name), Unescape(rest), types);
    }

    // bind <portal> <statement> [in=0,1] [out=1] [value|value|...]
    private static FrontendBuffer Bind(FrontendBuffer to, string portal, string rest)
    {
        var (statement, tail) = Conversation.Split(rest);
        short[] formats = [];
        short[] results = [];
        while (tail.StartsWith("in=", StringComparison.Ordinal) || tail.StartsWith("out=", StringComparison.Ordinal))
        {
            var (word, more) = Conversation.Split(tail);
            var list = word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(',').Select(short.Parse).ToArray();
            if (word[0] == 'i')
                formats = list;
            else
                results = list;
            tail = more;
        }

        return to.Bind(Name(portal), Name(statement), formats, Values(tail), results);
    }

    private static List<byte[]?> Values(string list) => list.Length == 0 ? [] : [.. list.Split('|').Select(Value)];

    private static byte[]? Value(string text)
    {
        if (text == "NULL")
            return null;
        if (text.StartsWith("i4:", StringComparison.Ordinal))
        {
            var number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, int.Parse(text[3..]));
            return number;
        }

        return text.StartsWith("x:", StringComparison.Ordinal) ? Convert.FromHexString(text[2..]) : Encoding.UTF8.GetBytes(Unescape(text));
    }

    private static string Name(string name) => name == "-" ? "" : name;

    private static string Unescape(string text) => text.Replace("\\n", "\n").Replace("\\t", "\t");
}
