using System.Collections.Frozen;
using System.Text;
using Npgsql;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Server.Authentication;

namespace Tangelo.Server.Settings;

/// <summary>
/// The settings of Citus. PostgreSQL keeps their values as it does those of any extension it does not have, and takes everything; what a client
/// sets is checked here, and a setting without an effect says so.
/// </summary>
internal sealed class ClusterSettings
{
    private const string Prefix = "citus.";

    private readonly FrozenDictionary<string, ClusterSetting> _settings;

    public ClusterSettings(IEnumerable<ClusterSetting> settings) => _settings = settings.ToFrozenDictionary(s => s.Name);

    /// <summary>A database without metadata.</summary>
    public static ClusterSettings None { get; } = new([]);

    public static async Task<ClusterSettings> LoadAsync(NpgsqlDataSource coordinator, CancellationToken cancellation)
    {
        await using var command = coordinator.CreateCommand(
            "SELECT name, boot, kind, context, unit, least, most, coalesce(options, '{}'), reason FROM pg_catalog.tangelo_setting");
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var settings = new List<ClusterSetting>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            settings.Add(new ClusterSetting(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetDecimal(5),
                reader.IsDBNull(6) ? null : reader.GetDecimal(6),
                reader.GetFieldValue<string[]>(7),
                reader.IsDBNull(8) ? null : reader.GetString(8)));
        }

        return new ClusterSettings(settings);
    }

    /// <summary>
    /// What the coordinator is sent for a SET of such a setting, and what the client is told; null for any other statement.
    /// </summary>
    /// <exception cref="PgException">The value, or setting it at all, is refused.</exception>
    public (byte[] Text, PgError? Notice)? Check(Node statement, bool isSuperuser)
    {
        if (_settings.Count == 0 || statement.VariableSetStmt is not { Kind: VariableSetKind.VarSetValue, Args.Count: 1 } set
            || !IsMeant(set.Name))
        {
            return null;
        }

        var value = ValueOf(set.Args[0].AConst);
        if (!_settings.TryGetValue(set.Name.ToLowerInvariant(), out var setting))
            return (TextOf(set, set.Name, value), Notice($"\"{set.Name}\" is not known and has no effect", null));
        setting.RequireSettable(isSuperuser);
        var canonical = setting.Canonical(value);
        return (TextOf(set, setting.Name, canonical), NoticeOf(setting, canonical));
    }

    /// <summary>Whether a name is one of Citus' settings, or would be if there were it.</summary>
    public static bool IsMeant(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>The setting of an ALTER SYSTEM, its new value in its usual form, and what the client is told.</summary>
    /// <exception cref="PgException">The value, or setting it at all, is refused.</exception>
    public (string Name, string Value, PgError? Notice) ForSystem(VariableSetStmt set)
    {
        if (!_settings.TryGetValue(set.Name.ToLowerInvariant(), out var setting))
            throw new PgException(SqlState.UndefinedObject, $"unrecognized configuration parameter \"{set.Name}\"");
        if (setting.Context == "internal")
            throw new PgException("55P02", $"parameter \"{setting.Name}\" cannot be changed");
        var value = set.Kind == VariableSetKind.VarSetValue ? setting.Canonical(ValueOf(set.Args[0].AConst)) : setting.Boot;
        if (setting.Name == NodeSettings.Setting)
            NodeSettings.Read(value);
        return (setting.Name, value, NoticeOf(setting, value));
    }

    private static PgError? NoticeOf(ClusterSetting setting, string value) => setting.Reason is { } reason && value != setting.Boot
        ? Notice($"\"{setting.Name}\" has no effect here", $"{char.ToUpperInvariant(reason[0])}{reason[1..]}.")
        : null;

    private static string ValueOf(A_Const? value) => value?.ValCase switch
    {
        A_Const.ValOneofCase.Ival => $"{value.Ival.Ival}",
        A_Const.ValOneofCase.Fval => value.Fval.Fval,
        A_Const.ValOneofCase.Sval => value.Sval.Sval,
        A_Const.ValOneofCase.Boolval => value.Boolval.Boolval ? "on" : "off",
        _ => "",
    };

    private static byte[] TextOf(VariableSetStmt set, string name, string value)
    {
        var quoted = string.Join('.', name.Split('.').Select(ShardNames.Quote));
        return Encoding.UTF8.GetBytes($"SET {(set.IsLocal ? "LOCAL" : "SESSION")} {quoted} = {ShardNames.Literal(value)}");
    }

    private static PgError Notice(string message, string? detail) => new() { Severity = "NOTICE", Code = "00000", Message = message, Detail = detail };
}
