namespace Tangelo.Catalog.Model;

/// <summary>What the row-level security of a table looks at.</summary>
public enum RowSecurity
{
    /// <summary>It is not enabled.</summary>
    None,

    /// <summary>The row alone.</summary>
    Row,

    /// <summary>Other tables as well, by policies that are for all kinds of statements.</summary>
    Tables,

    /// <summary>Other tables as well, and not the same for all kinds of statements.</summary>
    TablesByCommand,
}
