using System.Text;
using Tangelo.Harness.Wire;

namespace Tangelo.Server.Tests.Conversations;

/// <summary>Backend messages as lines of text that are the same on two servers: OIDs of user objects are shown by name.</summary>
internal sealed class TranscriptText(RawClient catalog)
{
    private const uint FirstUserOid = 16384;

    private readonly Dictionary<string, string> _names = [];

    public async Task<string> LineAsync(RawMessage message) => message.Type switch
    {
        '.' => "end of connection",
        '?' => "nothing more came",
        'T' => "T " + await FieldsAsync(message.Body),
        't' => "t " + await ParametersAsync(message.Body),
        'D' => "D " + string.Join('|', new BackendReader(message.Body).Row().Select(Value)),
        'd' => "d " + Value(message.Body),
        'C' => "C " + message.Tag,
        'Z' => "Z " + (char)message.Body[0],
        'E' or 'N' => message.Type + " " + Notice(message.Notice),
        'S' => $"S {message.Setting.Name}={message.Setting.Value}",
        'G' or 'H' => $"{message.Type} {Convert.ToHexString(message.Body)}",
        'A' => "A " + Value(message.Body[4..]),
        'V' => "V " + Value(message.Body),
        'K' => "K",
        _ => message.Body.Length == 0 ? $"{message.Type}" : $"{message.Type} {Convert.ToHexString(message.Body)}",
    };

    private static string Notice(WireNotice notice)
    {
        var line = notice.ToString();
        foreach (var letter in "qp")
            if (notice[letter] is { } value)
                line += $" | {letter}: {value}";
        return line.Replace("\n", "\\n");
    }

    private static string Value(byte[]? value)
    {
        if (value is null)
            return "NULL";
        return value.All(b => b is >= 32 and < 127 or 9 or 10)
            ? Encoding.ASCII.GetString(value).Replace("\n", "\\n").Replace("\t", "\\t")
            : "x" + Convert.ToHexString(value);
    }

    private async Task<string> FieldsAsync(byte[] body)
    {
        var parts = new List<string>();
        foreach (var field in new BackendReader(body).Fields())
        {
            var table = field.TableOid == 0 ? "-" : await NameAsync($"{field.TableOid}::regclass");
            parts.Add($"{field.Name}:{table}.{field.ColumnNumber}:{await TypeAsync(field.TypeOid)}:{field.TypeSize}:{field.TypeModifier}:{field.Format}");
        }

        return string.Join(' ', parts);
    }

    private async Task<string> ParametersAsync(byte[] body)
    {
        var types = new List<uint>();
        var reader = new BackendReader(body);
        for (var left = reader.Int16(); left > 0; left--)
            types.Add((uint)reader.Int32());
        var names = new List<string>();
        foreach (var type in types)
            names.Add(await TypeAsync(type));
        return string.Join(' ', names);
    }

    private async Task<string> TypeAsync(uint oid) => oid < FirstUserOid ? $"{oid}" : await NameAsync($"{oid}::regtype");

    private async Task<string> NameAsync(string expression)
    {
        if (_names.TryGetValue(expression, out var known))
            return known;
        await catalog.SendAsync(new FrontendBuffer().Query($"SELECT {expression}"));
        var answer = await catalog.ReadUntilAsync("Z", TimeSpan.FromSeconds(20));
        return _names[expression] = answer.Find(m => m.Type == 'D')?.Row[0] ?? expression;
    }
}
