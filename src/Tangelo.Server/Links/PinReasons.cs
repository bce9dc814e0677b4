namespace Tangelo.Server.Links;

/// <summary>Why a session keeps its link between transactions: what PostgreSQL ties to a session and cannot be made again elsewhere.</summary>
[Flags]
internal enum PinReasons
{
    None = 0,

    /// <summary>Objects in its temporary schema.</summary>
    TemporaryObjects = 1,

    /// <summary>LISTEN.</summary>
    Listens = 2,

    /// <summary>Advisory locks of the session.</summary>
    AdvisoryLocks = 4,

    /// <summary>Cursors WITH HOLD.</summary>
    HeldCursors = 8,

    /// <summary>Statements of PREPARE.</summary>
    PreparedStatements = 16,

    /// <summary>It may be asked for currval or lastval.</summary>
    Sequences = 32,

    /// <summary>It has asked for its process id.</summary>
    ProcessId = 64,

    /// <summary>Settings that could not be laid on another link.</summary>
    Settings = 128,

    /// <summary>It has run something whose effects on the session are not known.</summary>
    UnknownState = 256,
}
