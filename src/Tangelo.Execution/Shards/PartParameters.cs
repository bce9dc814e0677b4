using Tangelo.Execution.Parameters;

namespace Tangelo.Execution.Shards;

/// <summary>
/// Types of parameters for a text that is a part of the client's statement: some rows of its VALUES, say. A node infers a user's type from where the
/// parameter stands; one that stands in other parts only has to be given a type, any that takes its value.
/// </summary>
internal static class PartParameters
{
    private const uint Bytea = 17;
    private const uint Text = 25;

    /// <summary><paramref name="types"/> itself where each parameter has a type or is in the text.</summary>
    public static uint[] TypesFor(ReadOnlySpan<byte> sql, ParameterSet parameters, uint[] types)
    {
        if (Array.IndexOf(types, 0u) < 0)
            return types;
        var named = Named(sql, types.Length);
        uint[]? completed = null;
        for (var i = 0; i < types.Length && i < parameters.Count; i++)
        {
            if (types[i] != 0 || named[i])
                continue;
            completed ??= [.. types];

            // The bytes of another type need not be valid text.
            completed[i] = parameters.IsBinary(i + 1) ? Bytea : Text;
        }

        return completed ?? types;
    }

    // Once through the text, however many parameters it has. What only looks like a parameter, in a literal, is left to the node.
    private static bool[] Named(ReadOnlySpan<byte> sql, int count)
    {
        var named = new bool[count];
        while (sql.IndexOf((byte)'$') is var at and >= 0)
        {
            sql = sql[(at + 1)..];
            var number = 0;
            while (sql.Length > 0 && char.IsAsciiDigit((char)sql[0]) && number <= count)
            {
                number = (number * 10) + (sql[0] - '0');
                sql = sql[1..];
            }

            if (number > 0 && number <= count)
                named[number - 1] = true;
        }

        return named;
    }
}
