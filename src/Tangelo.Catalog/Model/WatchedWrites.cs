namespace Tangelo.Catalog.Model;

/// <summary>Kinds of writes to a table that triggers or rules concern.</summary>
[Flags]
public enum WatchedWrites
{
    /// <summary>The table has neither triggers nor rules, or all are disabled.</summary>
    None = 0,

    /// <summary>INSERT and COPY.</summary>
    Insert = 1,

    /// <summary>UPDATE.</summary>
    Update = 2,

    /// <summary>DELETE.</summary>
    Delete = 4,

    /// <summary>TRUNCATE.</summary>
    Truncate = 8,

    /// <summary>UPDATE of the columns by which rows belong to partitions: a row that moves to another one is deleted and inserted.</summary>
    Move = 16,
}
