namespace Tangelo.Planning.Ddl.Tables;

/// <summary>Where a subcommand of ALTER TABLE runs.</summary>
internal enum CommandPlace
{
    /// <summary>On the shell and on every shard.</summary>
    Everywhere,

    /// <summary>On the shell only: sequences, identity, triggers.</summary>
    Coordinator,
}
