using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>The scripts that are run under other circumstances, too: what depends on the session, or on what one router has to tell the others.</summary>
internal static class ChosenScripts
{
    private static readonly string[] Names =
    [
        "batches", "cursors", "errors", "isolation_levels", "permissions", "policies_settings", "prepared", "session_users", "sessions", "settings", "temporary", "transactions",
    ];

    /// <summary>Each of them by both protocols; all scripts where the environment's variable is "all".</summary>
    /// <exception cref="InvalidOperationException">One of them is not there.</exception>
    public static TheoryData<string, ProtocolMode> InBothModes(string variable)
    {
        if (Names.Except(Cases.Names).ToList() is { Count: > 0 } missing)
            throw new InvalidOperationException($"There is no script {string.Join(", ", missing)}.");
        var data = new TheoryData<string, ProtocolMode>();
        foreach (var name in Environment.GetEnvironmentVariable(variable) == "all" ? Cases.Names : Names)
        {
            data.Add(name, ProtocolMode.Simple);
            data.Add(name, ProtocolMode.Extended);
        }

        return data;
    }
}
