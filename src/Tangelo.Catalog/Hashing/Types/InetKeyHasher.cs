using System.Net;
using System.Net.Sockets;
using System.Text;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>
/// inet and cidr: family, length of the mask, address. The short forms (10.1/16) are left to PostgreSQL, and so is a cidr with bits
/// to the right of its mask, which is an error.
/// </summary>
internal sealed class InetKeyHasher(bool isCidr) : IKeyHasher
{
    private const byte Family4 = 2;
    private const byte Family6 = 3;

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        var slash = utf8Text.IndexOf((byte)'/');
        var host = slash < 0 ? utf8Text : utf8Text[..slash];
        if (host.Length > 45 || !HasOnlyAddressCharacters(host))
            return false;

        // IPAddress takes forms that PostgreSQL does not (10.1, octal): of IPv4 only the full form without leading zeros is read.
        Span<char> characters = stackalloc char[45];
        var length = Encoding.ASCII.GetChars(host, characters);
        if (!IPAddress.TryParse(characters[..length], out var address))
            return false;
        var is4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (is4 && !address.ToString().AsSpan().SequenceEqual(characters[..length]))
            return false;

        var bits = is4 ? 32 : 128;
        if (slash >= 0)
        {
            var mask = utf8Text[(slash + 1)..];
            if (mask.Length > 1 && mask[0] == '0')
                return false;
            if (InputText.TakeDigits(ref mask, 3, out var given) == 0 || !mask.IsEmpty || given > bits)
                return false;
            bits = given;
        }

        Span<byte> key = stackalloc byte[18];
        key[0] = is4 ? Family4 : Family6;
        key[1] = (byte)bits;
        if (!address.TryWriteBytes(key[2..], out var size) || (isCidr && HasBitsAfter(key.Slice(2, size), bits)))
            return false;
        hash = PgHash.Bytes(key[..(2 + size)]);
        return true;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        if (value.Length < 4 || value[0] is not (Family4 or Family6))
            return false;
        var size = value[0] == Family4 ? 4 : 16;
        if (value[3] != size || value.Length != 4 + size || value[1] > size * 8 || (isCidr && HasBitsAfter(value[4..], value[1])))
            return false;

        Span<byte> key = stackalloc byte[18];
        value[..2].CopyTo(key);
        value[4..].CopyTo(key[2..]);
        hash = PgHash.Bytes(key[..(2 + size)]);
        return true;
    }

    private static bool HasOnlyAddressCharacters(ReadOnlySpan<byte> host)
    {
        foreach (var b in host)
        {
            if (InputText.HexValue(b) < 0 && b is not ((byte)'.' or (byte)':'))
                return false;
        }

        return true;
    }

    private static bool HasBitsAfter(ReadOnlySpan<byte> address, int bits)
    {
        for (var i = bits; i < address.Length * 8; i++)
        {
            if ((address[i / 8] & (0x80 >> (i % 8))) != 0)
                return true;
        }

        return false;
    }
}
