namespace Tangelo.Compat.Tests.Scripts;

/// <summary>How the statements of a script are sent.</summary>
public enum ProtocolMode
{
    /// <summary>One Query message for each statement.</summary>
    Simple,

    /// <summary>Parse, Bind, Describe, Execute, Sync with results in text, and queries a second time in binary.</summary>
    Extended,
}
