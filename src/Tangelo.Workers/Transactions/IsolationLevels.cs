using System.Text.RegularExpressions;

namespace Tangelo.Workers.Transactions;

/// <summary>What BEGIN, START TRANSACTION, SET TRANSACTION and a session's settings say of the isolation level.</summary>
internal static partial class IsolationLevels
{
    /// <summary>The level that a statement asks for; null when it says nothing of it.</summary>
    internal static IsolationLevel? AskedBy(string sql) =>
        Level().Matches(sql) is { Count: > 0 } levels ? Parse(levels[^1].Groups[1].Value) : null;

    /// <summary>True when a statement asks for a snapshot that may have to wait for others: DEFERRABLE.</summary>
    internal static bool AskForDeferrable(string sql) =>
        Deferrable().Matches(sql) is { Count: > 0 } modes && modes[^1].Groups[1].Length == 0;

    /// <summary>The level of transactions where nothing else is said.</summary>
    internal static IsolationLevel Default(IEnumerable<KeyValuePair<string, string>> settings) =>
        settings.FirstOrDefault(s => s.Key == "default_transaction_isolation") is { Value: { } level } ? Parse(level) : IsolationLevel.ReadCommitted;

    private static IsolationLevel Parse(string level) =>
        level.StartsWith("ser", StringComparison.OrdinalIgnoreCase) ? IsolationLevel.Serializable
        : level.StartsWith("rep", StringComparison.OrdinalIgnoreCase) ? IsolationLevel.RepeatableRead
        : IsolationLevel.ReadCommitted;

    [GeneratedRegex(@"\b(?:ISOLATION\s+LEVEL\s+|transaction_isolation""?\s*(?:=|\bTO\b)\s*'?)(SERIALIZABLE|REPEATABLE|READ)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Level();

    [GeneratedRegex(@"\b(NOT\s+)?DEFERRABLE\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Deferrable();
}
