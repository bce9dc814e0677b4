using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Tangelo.Server.Authentication;

/// <summary>Reads rules in the form of pg_hba.conf.</summary>
internal static class HbaFile
{
    /// <summary>The rules of a file, in their order.</summary>
    /// <exception cref="FormatException">A line cannot be understood; the message names it.</exception>
    public static ImmutableArray<HbaRule> Parse(IEnumerable<string> lines)
    {
        var rules = ImmutableArray.CreateBuilder<HbaRule>();
        var (number, begun, first) = (0, "", 0);
        foreach (var line in lines)
        {
            number++;
            first = begun.Length == 0 ? number : first;
            if (line.EndsWith('\\'))
            {
                begun += line[..^1];
                continue;
            }

            var fields = Fields(begun + line, first);
            begun = "";
            if (fields.Count > 0)
                rules.Add(Rule(fields, first));
        }

        return rules.ToImmutable();
    }

    private static HbaRule Rule(List<ImmutableArray<HbaName>> fields, int line)
    {
        var transport = fields[0][0].Text switch
        {
            "local" => HbaTransport.UnixSocket,
            "host" or "hostnogssenc" => HbaTransport.Any,
            "hostssl" => HbaTransport.Encrypted,
            "hostnossl" => HbaTransport.Unencrypted,
            "hostgssenc" => throw Invalid(line, "encryption by GSSAPI is not supported; use hostssl"),
            var other => throw Invalid(line, $"invalid connection type \"{other}\""),
        };
        if (fields.Count < 3)
            throw Invalid(line, fields.Count < 2 ? "end-of-line before database specification" : "end-of-line before role specification");
        var next = 3;
        var address = transport == HbaTransport.UnixSocket ? HbaAddress.All : Address(fields, ref next, line);
        if (fields.Count <= next)
            throw Invalid(line, "end-of-line before authentication method");
        var method = fields[next][0].Text switch
        {
            "trust" => HbaMethod.Trust,
            "reject" => HbaMethod.Reject,
            "password" => HbaMethod.Password,
            "md5" => HbaMethod.Md5,
            "scram-sha-256" => HbaMethod.ScramSha256,
            "cert" when transport == HbaTransport.Encrypted => HbaMethod.Certificate,
            "cert" => throw Invalid(line, "cert authentication is only supported on hostssl connections"),
            var other => throw Invalid(line, $"authentication method \"{other}\" is not supported; use scram-sha-256, md5, password, cert, trust or reject"),
        };
        var certificate = method == HbaMethod.Certificate ? HbaCertificate.TrustedAndNamed : HbaCertificate.None;
        foreach (var option in fields.Skip(next + 1).SelectMany(f => f))
        {
            certificate = option.Text switch
            {
                "clientcert=verify-full" when transport == HbaTransport.Encrypted => HbaCertificate.TrustedAndNamed,
                "clientcert=verify-ca" when transport == HbaTransport.Encrypted && method != HbaMethod.Certificate => HbaCertificate.Trusted,
                var text when text.StartsWith("clientcert=", StringComparison.Ordinal) => throw Invalid(line, $"\"{text}\" is not possible here: clientcert is verify-ca or verify-full, on hostssl lines"),
                var text => throw Invalid(line, $"unrecognized authentication option \"{text}\""),
            };
        }

        return new HbaRule(line, transport, fields[1], fields[2], address, method, certificate);
    }

    private static HbaAddress Address(List<ImmutableArray<HbaName>> fields, ref int next, int line)
    {
        if (fields.Count <= next)
            throw Invalid(line, "end-of-line before IP address specification");
        if (fields[next].Length > 1)
            throw Invalid(line, "multiple values specified for host address; specify one address range per line");
        var name = fields[next++][0];
        if (name.IsWord("all"))
            return HbaAddress.All;
        if (name.IsWord("samehost") || name.IsWord("samenet"))
            return new HbaAddress.OwnMachine(name.Text == "samenet");
        var slash = name.Text.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? name.Text : name.Text[..slash], out var address))
        {
            return slash < 0 && !name.Text.StartsWith('.')
                ? new HbaAddress.Host(name.Text)
                : throw Invalid(line, $"invalid IP address \"{name.Text}\"");
        }

        var most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        int bits;
        if (slash >= 0)
        {
            if (!int.TryParse(name.Text.AsSpan(slash + 1), out bits) || bits < 0 || bits > most)
                throw Invalid(line, $"invalid CIDR mask in address \"{name.Text}\"");
        }
        else
        {
            if (fields.Count <= next || !IPAddress.TryParse(fields[next][0].Text, out var mask) || mask.AddressFamily != address.AddressFamily)
                throw Invalid(line, $"the address \"{name.Text}\" has no mask; specify an address range in CIDR notation, or a netmask");
            next++;
            bits = mask.GetAddressBytes().Sum(b => BitOperations.PopCount(b));
        }

        return new HbaAddress.Range(new IPNetwork(Cut(address, bits), bits));
    }

    // PostgreSQL does not mind bits beyond the mask.
    private static IPAddress Cut(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(bits - (8 * i), 0, 8));
        return new IPAddress(bytes);
    }

    // Fields stand between blanks; commas join the values of one.
    private static List<ImmutableArray<HbaName>> Fields(string line, int number)
    {
        var fields = new List<ImmutableArray<HbaName>>();
        var i = 0;
        while (true)
        {
            while (i < line.Length && char.IsWhiteSpace(line[i]))
                i++;
            if (i == line.Length || line[i] == '#')
                return fields;
            var values = ImmutableArray.CreateBuilder<HbaName>();
            do
            {
                values.Add(Value(line, ref i, number));
            }
            while (i < line.Length && line[i] == ',' && ++i > 0);
            fields.Add(values.ToImmutable());
        }
    }

    private static HbaName Value(string line, ref int i, int number)
    {
        while (i < line.Length && char.IsWhiteSpace(line[i]))
            i++;
        var text = new System.Text.StringBuilder();
        var (quoted, inside) = (false, false);
        for (; i < line.Length && (inside || !(char.IsWhiteSpace(line[i]) || line[i] is ',' or '#')); i++)
        {
            if (line[i] != '"')
            {
                text.Append(line[i]);
                continue;
            }

            quoted = true;
            if (inside && i + 1 < line.Length && line[i + 1] == '"')
                text.Append(line[++i]);
            else
                inside = !inside;
        }

        if (inside || (text.Length == 0 && !quoted))
            throw Invalid(number, inside ? "a quotation mark is not closed" : "a value is missing");
        if (!quoted && text[0] == '@')
            throw Invalid(number, "other files cannot be included; write their names here");
        return new HbaName(text.ToString(), quoted);
    }

    private static FormatException Invalid(int line, string what) => new($"line {line}: {what}");
}
