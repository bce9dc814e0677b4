namespace Tangelo.Core;

/// <summary>The SQLSTATE codes that Tangelo raises by itself (PostgreSQL's appendix A).</summary>
public static class SqlState
{
    public const string SuccessfulCompletion = "00000";
    public const string Warning = "01000";
    public const string ConnectionException = "08000";
    public const string ConnectionFailure = "08006";
    public const string UnableToConnect = "08001";
    public const string ProtocolViolation = "08P01";
    public const string FeatureNotSupported = "0A000";
    public const string CardinalityViolation = "21000";
    public const string NullValueNotAllowed = "22004";
    public const string CharacterNotInRepertoire = "22021";
    public const string InvalidParameterValue = "22023";
    public const string InvalidTextRepresentation = "22P02";
    public const string BadCopyFileFormat = "22P04";
    public const string NonstandardEscape = "22P06";
    public const string NameTooLong = "42622";
    public const string NotNullViolation = "23502";
    public const string ForeignKeyViolation = "23503";
    public const string UniqueViolation = "23505";
    public const string CheckViolation = "23514";
    public const string ActiveSqlTransaction = "25001";
    public const string ReadOnlySqlTransaction = "25006";
    public const string NoActiveSqlTransaction = "25P01";
    public const string InFailedSqlTransaction = "25P02";
    public const string InvalidSqlStatementName = "26000";
    public const string InvalidAuthorization = "28000";
    public const string InvalidPassword = "28P01";
    public const string InvalidCursorState = "24000";
    public const string InvalidCursorName = "34000";
    public const string InvalidSchemaName = "3F000";
    public const string InvalidCatalogName = "3D000";
    public const string SerializationFailure = "40001";
    public const string DeadlockDetected = "40P01";
    public const string SyntaxError = "42601";
    public const string InsufficientPrivilege = "42501";
    public const string UndefinedColumn = "42703";
    public const string UndefinedFunction = "42883";
    public const string UndefinedTable = "42P01";
    public const string UndefinedParameter = "42P02";
    public const string UndefinedObject = "42704";
    public const string DuplicatePreparedStatement = "42P05";
    public const string InvalidTableDefinition = "42P16";
    public const string WrongObjectType = "42809";
    public const string DuplicateObject = "42710";
    public const string InsufficientResources = "53000";
    public const string OutOfMemory = "53200";
    public const string TooManyConnections = "53300";
    public const string LockNotAvailable = "55P03";
    public const string ProgramLimitExceeded = "54000";
    public const string ObjectNotInPrerequisiteState = "55000";
    public const string ObjectInUse = "55006";
    public const string QueryCanceled = "57014";
    public const string ExternalRoutineException = "38000";
    public const string AdminShutdown = "57P01";
    public const string CannotConnectNow = "57P03";
    public const string InternalError = "XX000";
    private const string IoError = "58030";

    /// <summary>True for errors about the server rather than the statement: it has run out of something, or its disk fails.</summary>
    public static bool IsAboutServer(string code) => code.StartsWith("53", StringComparison.Ordinal) || code == IoError;
}
