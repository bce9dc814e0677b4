using System.Text.RegularExpressions;
using PgQuery;

namespace Tangelo.Server.Statements;

/// <summary>What statements leave in the backend that runs them and that it cannot be asked for.</summary>
internal static partial class SessionState
{
    /// <summary>Of a call.</summary>
    public static StatementEffects EffectsOf(FuncCall call) => StatementFacts.NameOf(call) switch
    {
        "pg_backend_pid" or "citus_backend_gpid" => StatementEffects.AsksProcess,
        "setval" => StatementEffects.SetsSequence,
        "currval" or "lastval" => StatementEffects.ReadsSequences,
        "setseed" or "pg_replication_origin_session_setup" or "set_limit" => StatementEffects.HiddenState,
        "set_config" when call.Args.Count > 0 && call.Args[0].AConst?.Sval is null => StatementEffects.HiddenState,
        "set_config" when call.Args.Count > 0 && IsOfClient(call.Args[0].AConst.Sval.Sval) => StatementEffects.ClientLimits,
        "pg_advisory_lock" or "pg_advisory_lock_shared" or "pg_try_advisory_lock" or "pg_try_advisory_lock_shared" => StatementEffects.SessionLocks,
        var name when name.StartsWith("query_to_xml", StringComparison.Ordinal) => StatementEffects.SessionLocks,
        var name when name.StartsWith("dblink", StringComparison.Ordinal) => StatementEffects.HiddenState,
        _ => StatementEffects.None,
    };

    /// <summary>Of a statement itself.</summary>
    public static StatementEffects EffectsOf(Node tree) => tree switch
    {
        { LoadStmt: not null } => StatementEffects.HiddenState,
        { VariableSetStmt.Name: "seed" } => StatementEffects.HiddenState,
        { VariableSetStmt: { } set } when set.Kind == VariableSetKind.VarResetAll || IsOfClient(set.Name) => StatementEffects.ClientLimits,
        { DiscardStmt.Target: DiscardMode.DiscardAll } => StatementEffects.ClientLimits,
        { DoStmt: { } block } when block.Args.Any(a => a.DefElem?.Arg?.String?.Sval is { } body && Words().IsMatch(body)) => StatementEffects.HiddenState | StatementEffects.SessionLocks,
        { DoStmt: not null } or { ExecuteStmt: not null } => StatementEffects.SessionLocks,
        _ => StatementEffects.None,
    };

    private static bool IsOfClient(string setting) => setting.StartsWith(Sessions.ClientLimits.Prefix, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("""\b(set_config|setseed|setval|currval|lastval|pg_backend_pid|load|dblink\w*)\b|\bset\s+(local\s+|session\s+)?"?\w+"?\s*\.""", RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
