namespace Tangelo.Regress;

/// <summary>What becomes of the tables that the files make.</summary>
internal enum Mode
{
    /// <summary>They stay local tables of the coordinator.</summary>
    Local,

    /// <summary>They are distributed, or made reference tables, by a fixed rule.</summary>
    Distributed,
}
