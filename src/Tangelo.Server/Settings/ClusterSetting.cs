using System.Globalization;
using Tangelo.Core;

namespace Tangelo.Server.Settings;

/// <summary>A setting that Citus has.</summary>
/// <param name="Name">With the prefix.</param>
/// <param name="Boot">Its default, as SHOW gives it.</param>
/// <param name="Kind">bool, integer, real, enum or string.</param>
/// <param name="Context">Who may set it when, in PostgreSQL's words.</param>
/// <param name="Unit">kB, MB or ms; null for a number without a unit.</param>
/// <param name="Least">The smallest number.</param>
/// <param name="Most">The largest one.</param>
/// <param name="Options">The words that an enum takes.</param>
/// <param name="Reason">Why it has no effect; null when it has.</param>
internal sealed record ClusterSetting(
    string Name, string Boot, string Kind, string Context, string? Unit, decimal? Least, decimal? Most, IReadOnlyList<string> Options, string? Reason)
{
    private static readonly (string Name, decimal Size)[] Sizes = [("TB", 1L << 30), ("GB", 1 << 20), ("MB", 1 << 10), ("kB", 1), ("B", 1m / 1024)];

    private static readonly (string Name, decimal Size)[] Times =
        [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1), ("us", 0.001m)];

    /// <summary>A value as SHOW would give it back.</summary>
    /// <exception cref="PgException">22023.</exception>
    public string Canonical(string value) => Kind switch
    {
        "bool" => Boolean(value) ? "on" : "off",
        "enum" => Options.FirstOrDefault(o => o.Equals(value, StringComparison.OrdinalIgnoreCase))
            ?? throw Invalid($"invalid value for parameter \"{Name}\": \"{value}\"", $"Available values: {string.Join(", ", Options)}."),
        "integer" or "real" => Number(value),
        _ => value,
    };

    /// <summary>Whether a session may set it now.</summary>
    /// <exception cref="PgException">55P02 or 42501.</exception>
    public void RequireSettable(bool isSuperuser)
    {
        var refusal = Context switch
        {
            "internal" => "cannot be changed",
            "postmaster" => "cannot be changed without restarting the server",
            "sighup" => "cannot be changed now",
            "superuser-backend" => "cannot be set after connection start",
            _ => null,
        };
        if (refusal is not null)
            throw new PgException("55P02", $"parameter \"{Name}\" {refusal}");
        if (Context == "superuser" && !isSuperuser)
            throw new PgException(SqlState.InsufficientPrivilege, $"permission denied to set parameter \"{Name}\"");
    }

    private static PgException Invalid(string message, string? hint = null) => new(SqlState.InvalidParameterValue, message, hint: hint);

    private bool Boolean(string value)
    {
        // PostgreSQL takes any beginning that tells one word from the others.
        foreach (var (word, least, meaning) in new[] { ("true", 1, true), ("false", 1, false), ("yes", 1, true), ("no", 1, false), ("on", 2, true), ("off", 2, false), ("1", 1, true), ("0", 1, false) })
        {
            if (value.Length >= least && word.StartsWith(value, StringComparison.OrdinalIgnoreCase))
                return meaning;
        }

        throw Invalid($"parameter \"{Name}\" requires a Boolean value");
    }

    private string Number(string value)
    {
        var text = value.Trim();
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c is '-' or '+' or '.').Count();
        var word = text[digits..].Trim();
        if (!decimal.TryParse(text[..digits], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            throw Invalid($"invalid value for parameter \"{Name}\": \"{value}\"");
        var units = Unit is null ? [] : Unit == "ms" ? Times : Sizes;
        var own = units.FirstOrDefault(u => u.Name == Unit, ("", 1)).Item2;
        if (word.Length > 0)
        {
            var found = units.FirstOrDefault(u => u.Name == word);
            if (found.Name is null)
            {
                var hint = Unit is null ? null : $"Valid units for this parameter are {string.Join(", ", units.Reverse().Select(u => $"\"{u.Name}\""))}.";
                throw Invalid($"invalid value for parameter \"{Name}\": \"{value}\"", hint?.Replace(", \"" + units[0].Name, ", and \"" + units[0].Name, StringComparison.Ordinal));
            }

            number = number * found.Size / own;
        }

        if (Kind == "integer")
            number = Math.Round(number, MidpointRounding.ToEven);
        if (number < Least || number > Most)
            throw Invalid($"{Text(number)}{(Unit is null ? "" : " " + Unit)} is outside the valid range for parameter \"{Name}\" ({Text(Least ?? 0)} .. {Text(Most ?? 0)})");

        // The largest unit in which it is a whole number.
        var shown = number > 0 ? units.FirstOrDefault(u => u.Size >= own && number * own % u.Size == 0) : default;
        return shown.Name is null ? Text(number) : Text(number * own / shown.Size) + shown.Name;
    }

    private static string Text(decimal number) => number.ToString("0.##########", CultureInfo.InvariantCulture);
}
