namespace Tangelo.Compat.Tests.Comparison;

/// <summary>Names of what is compared; scripts use them after "-- ignore:".</summary>
internal static class Aspect
{
    public const string Shape = "shape";
    public const string Rows = "rows";
    public const string Tag = "tag";
    public const string ColumnNames = "columns";
    public const string ColumnTypes = "types";
    public const string ColumnOrigins = "origins";
    public const string ParameterTypes = "parameters";
    public const string CopyFormat = "copy format";
    public const string SqlState = "sqlstate";
    public const string Message = "message";
    public const string Severity = "severity";
    public const string Detail = "detail";
    public const string Hint = "hint";
    public const string Position = "position";
    public const string ErrorObjects = "objects";
    public const string Notices = "notices";
    public const string Settings = "settings";
    public const string Notifications = "notifications";
    public const string Status = "status";
    public const string Silence = "silence";
    public const string OneSided = "one-sided";
    public const string Known = "known difference";
    public const string CleanUp = "clean-up";
}
