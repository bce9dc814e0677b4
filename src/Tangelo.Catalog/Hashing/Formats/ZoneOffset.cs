namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>A numeric zone: Z, +HH, +HH:MM or +HH:MM:SS. Names of zones are left to PostgreSQL.</summary>
internal static class ZoneOffset
{
    /// <summary>Takes it off the front; seconds east of Greenwich.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> text, out int seconds)
    {
        seconds = 0;
        if (InputText.Take(ref text, 'Z'))
            return true;
        var east = InputText.Take(ref text, '+');
        if ((!east && !InputText.Take(ref text, '-')) || InputText.TakeDigits(ref text, 2, out var hours) != 2 || hours > 15)
            return false;

        int minutes = 0, rest = 0;
        if (InputText.Take(ref text, ':') && (InputText.TakeDigits(ref text, 2, out minutes) != 2 || minutes > 59))
            return false;
        if (InputText.Take(ref text, ':') && (InputText.TakeDigits(ref text, 2, out rest) != 2 || rest > 59))
            return false;
        seconds = (((hours * 60) + minutes) * 60) + rest;
        if (!east)
            seconds = -seconds;
        return true;
    }
}
