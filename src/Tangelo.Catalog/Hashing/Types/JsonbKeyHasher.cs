using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>
/// jsonb_hash: a walk over containers and scalars in jsonb's own order (keys by length, then bytes; the last of equal keys counts).
/// </summary>
internal sealed class JsonbKeyHasher(IKeyHasher numeric) : IKeyHasher
{
    private const uint ArrayFlag = 0x40000000;
    private const uint ObjectFlag = 0x20000000;
    private const byte BinaryVersion = 1;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 500 };

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        try
        {
            using var document = JsonDocument.Parse(utf8Text.ToArray(), Options);
            var root = document.RootElement;

            // jsonb_hash answers 0 for an empty container at the top before it looks at what kind it is.
            if (IsEmpty(root))
                return true;

            // A bare scalar is stored as an array of one.
            var state = root.ValueKind is JsonValueKind.Array or JsonValueKind.Object ? 0 : ArrayFlag;
            if (!TryAdd(ref state, root))
                return false;
            hash = (int)state;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Malformed, too deep, or half of a surrogate pair: PostgreSQL words the error.
            return false;
        }
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        return !value.IsEmpty && value[0] == BinaryVersion && TryHashText(value[1..], out hash);
    }

    private bool TryAdd(ref uint state, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                state ^= ObjectFlag;
                foreach (var (name, value) in InStoredOrder(element))
                {
                    AddScalar(ref state, PgHash.Bytes(name));
                    if (name.AsSpan().Contains((byte)0) || !TryAdd(ref state, value))
                        return false;
                }

                return true;
            case JsonValueKind.Array:
                state ^= ArrayFlag;
                foreach (var item in element.EnumerateArray())
                {
                    if (!TryAdd(ref state, item))
                        return false;
                }

                return true;
            case JsonValueKind.String:
                var text = Encoding.UTF8.GetBytes(element.GetString()!);
                AddScalar(ref state, PgHash.Bytes(text));
                return !text.AsSpan().Contains((byte)0);
            case JsonValueKind.Number:
                var known = numeric.TryHashText(JsonMarshal.GetRawUtf8Value(element), out var hash);
                AddScalar(ref state, hash);
                return known;
            default:
                AddScalar(ref state, element.ValueKind switch { JsonValueKind.Null => 1, JsonValueKind.True => 2, _ => 4 });
                return true;
        }
    }

    private static bool IsEmpty(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.GetPropertyCount() == 0,
        JsonValueKind.Array => element.GetArrayLength() == 0,
        _ => false,
    };

    private static void AddScalar(ref uint state, int hash) => state = BitOperations.RotateLeft(state, 1) ^ (uint)hash;

    private static List<(byte[] Name, JsonElement Value)> InStoredOrder(JsonElement element)
    {
        var members = new List<(byte[] Name, JsonElement Value)>();
        foreach (var property in element.EnumerateObject())
            members.Add((Encoding.UTF8.GetBytes(property.Name), property.Value));

        var ordered = members.Select((m, i) => (m.Name, m.Value, Index: i)).ToList();
        ordered.Sort((a, b) =>
        {
            var order = a.Name.Length.CompareTo(b.Name.Length);
            if (order == 0)
                order = a.Name.AsSpan().SequenceCompareTo(b.Name);
            return order != 0 ? order : b.Index.CompareTo(a.Index);
        });

        members.Clear();
        foreach (var (name, value, _) in ordered)
        {
            if (members.Count == 0 || !members[^1].Name.AsSpan().SequenceEqual(name))
                members.Add((name, value));
        }

        return members;
    }
}
