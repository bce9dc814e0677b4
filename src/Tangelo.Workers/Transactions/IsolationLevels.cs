using System.Text.RegularExpressions;

namespace Tangelo.Workers.Transactions;

/// <summary>What BEGIN, START TRANSACTION, SET TRANSACTION and a session's settings say of the isolation level.</summary>
internal static partial class IsolationLevels
{
    /// <summary>Whether a statement asks for SERIALIZABLE; null when it says nothing of the level.</summary>
    internal static bool? AsksForSerializable(string sql) =>
        Level().Matches(sql) is { Count: > 0 } levels ? levels[^1].Groups[1].Value.Equals("serializable", StringComparison.OrdinalIgnoreCase) : null;

    /// <summary>Whether transactions are SERIALIZABLE where nothing else is said.</summary>
    internal static bool IsSerializable(IEnumerable<KeyValuePair<string, string>> settings) =>
        settings.Any(s => s is { Key: "default_transaction_isolation", Value: "serializable" });

    [GeneratedRegex(@"\bISOLATION\s+LEVEL\s+(SERIALIZABLE|REPEATABLE|READ)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Level();
}
