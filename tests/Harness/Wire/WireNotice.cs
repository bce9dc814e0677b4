namespace Tangelo.Harness.Wire;

/// <summary>An ErrorResponse or NoticeResponse with all fields, by their protocol letters.</summary>
internal sealed class WireNotice(IReadOnlyDictionary<char, string> fields)
{
    /// <summary>The value of a field, or null when the server did not send it.</summary>
    public string? this[char field] => fields.GetValueOrDefault(field);

    public string SqlState => this['C'] ?? "";

    public string Message => this['M'] ?? "";

    public string Severity => this['V'] ?? this['S'] ?? "";

    public override string ToString()
    {
        var text = $"{Severity} {SqlState}: {Message}";
        foreach (var (letter, word) in Words)
            if (this[letter] is { } value)
                text += $" | {word}: {value}";
        return text;
    }

    private static readonly (char Letter, string Word)[] Words =
    [
        ('D', "detail"), ('H', "hint"), ('P', "position"), ('W', "context"), ('s', "schema"), ('t', "table"),
        ('c', "column"), ('d', "type"), ('n', "constraint"),
    ];
}
