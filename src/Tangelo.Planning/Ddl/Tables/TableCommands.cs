using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Objects;
using Tangelo.Planning.Ddl.Rules;
using Tangelo.Planning.Ddl.Writing;
using Node = PgQuery.Node;
using T = PgQuery.AlterTableType;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>The subcommands of ALTER TABLE, checked and completed one by one.</summary>
internal sealed class TableCommands(DdlContext context, DistributedTable table, ShardTemplate template)
{
    private readonly ConstraintParts _constraints = new(context, table, template, new NameChooser(context));

    /// <summary>True when the coordinator's form differs from the client's.</summary>
    public bool Edited => _constraints.Edited;

    /// <inheritdoc cref="ConstraintParts.EditedBeyondNames"/>
    public bool EditedBeyondNames => _constraints.EditedBeyondNames;

    /// <summary>The partitioned tables that new foreign keys refer to.</summary>
    public IEnumerable<DistributedTable> Partitioned => _constraints.Partitioned;

    /// <summary>True when the foreign child has to go and come again: PostgreSQL would refuse the command on it.</summary>
    public bool ReplacesChild { get; private set; }

    /// <summary>True when the shards may need types or functions that their node does not have yet.</summary>
    public bool NeedsDependencies { get; private set; }

    /// <summary>True when a foreign key may go, and with it the reason why a local table is in the cluster.</summary>
    public bool MayReleaseLocalTables { get; private set; }

    /// <summary>New columns whose values the coordinator gives to the rows that are there.</summary>
    public List<string> Filled { get; } = [];

    /// <summary>Those of <see cref="Filled"/> that are NOT NULL: on the shards they begin with 0, which is no default of theirs.</summary>
    public List<string> Zeroed { get; } = [];

    /// <summary>Changes the two forms of one subcommand and tells where they run.</summary>
    /// <exception cref="PgException">It is not possible on this table.</exception>
    public CommandPlace Prepare(AlterTableCmd coordinator, AlterTableCmd shard)
    {
        switch (coordinator.Subtype)
        {
            case T.AtAddColumn:
                return AddColumn(coordinator, shard);
            case T.AtDropColumn:
                return DropColumn(coordinator);
            case T.AtAlterColumnType:
                return AlterType(coordinator, shard);
            case T.AtColumnDefault:
                return ColumnDefault(shard);
            case T.AtAddConstraint:
                NeedsDependencies = true;
                _constraints.Complete(coordinator.Def.Constraint, shard.Def.Constraint, null);
                return CommandPlace.Everywhere;
            case T.AtDropConstraint:
                return DropConstraint(shard);
            case T.AtClusterOn:
                shard.Name = template.Bare(table, shard.Name);
                return CommandPlace.Everywhere;
            case T.AtReplicaIdentity when shard.Def.ReplicaIdentityStmt.Name.Length > 0:
                shard.Def.ReplicaIdentityStmt.Name = template.Bare(table, shard.Def.ReplicaIdentityStmt.Name);
                return CommandPlace.Everywhere;
            case T.AtDropOids or T.AtAddIdentity or T.AtSetIdentity or T.AtDropIdentity:
                return CommandPlace.Coordinator;
            case T.AtEnableTrigAll or T.AtDisableTrigAll:
                // The triggers of foreign keys are the shards'.
                return CommandPlace.Everywhere;
            case T.AtEnableTrigUser or T.AtDisableTrigUser or T.AtEnableTrig or T.AtDisableTrig or T.AtEnableAlwaysTrig or T.AtEnableReplicaTrig
                or T.AtEnableRule or T.AtDisableRule or T.AtEnableAlwaysRule or T.AtEnableReplicaRule:
                // They fire on the coordinator.
                return CommandPlace.Coordinator;
            case T.AtAddInherit or T.AtDropInherit or T.AtAttachPartition or T.AtDetachPartition or T.AtDetachPartitionFinalize:
                throw Refusal.NotSupported($"distributed table \"{table.Name}\" cannot be part of an inheritance tree");
            case T.AtAddOf or T.AtDropOf:
                throw Refusal.NotSupported($"distributed table \"{table.Name}\" cannot be a typed table");
            case T.AtChangeOwner:
                NeedsDependencies = true;
                return CommandPlace.Everywhere;
            case T.AtDropNotNull or T.AtSetNotNull or T.AtDropExpression or T.AtSetStatistics or T.AtSetOptions or T.AtResetOptions
                or T.AtSetStorage or T.AtSetCompression or T.AtAlterConstraint or T.AtValidateConstraint
                or T.AtDropCluster or T.AtSetLogged or T.AtSetUnLogged or T.AtSetAccessMethod or T.AtSetTableSpace
                or T.AtSetRelOptions or T.AtResetRelOptions or T.AtReplaceRelOptions or T.AtReplicaIdentity
                or T.AtEnableRowSecurity or T.AtDisableRowSecurity or T.AtForceRowSecurity or T.AtNoForceRowSecurity:
                return CommandPlace.Everywhere;
            default:
                throw Refusal.NotSupported($"this form of ALTER TABLE is not supported on distributed table \"{table.Name}\"");
        }
    }

    private CommandPlace AddColumn(AlterTableCmd coordinator, AlterTableCmd shard)
    {
        var column = coordinator.Def.ColumnDef;
        if (coordinator.MissingOk && table.FindColumn(column.Colname) is not null)
            return CommandPlace.Everywhere;

        NeedsDependencies = true;
        if (SequenceDefaults.IsSerial(column.TypeName) || column.Constraints.Any(FillsColumn))
            return AddFilledColumn(column, shard.Def.ColumnDef);
        for (var i = 0; i < column.Constraints.Count; i++)
            _constraints.Complete(column.Constraints[i].Constraint, shard.Def.ColumnDef.Constraints[i].Constraint, column.Colname);
        return CommandPlace.Everywhere;
    }

    private bool FillsColumn(Node constraint) =>
        constraint.Constraint.Contype == ConstrType.ConstrIdentity
        || (constraint.Constraint.Contype == ConstrType.ConstrDefault && OnCoordinatorOnly(constraint.Constraint.RawExpr));

    /// <summary>The shards add the column without its default; an UPDATE of the coordinator's then sets it in every row.</summary>
    private CommandPlace AddFilledColumn(ColumnDef column, ColumnDef shard)
    {
        var isIdentity = shard.Constraints.Any(c => c.Constraint.Contype == ConstrType.ConstrIdentity);
        var isSerial = SequenceDefaults.IsSerial(shard.TypeName);
        var counts = isIdentity || isSerial;

        // Before the rows have their values, other constraints would be checked against what they have not.
        if (table.Watched.HasFlag(WatchedWrites.Update) || shard.Constraints.Any(c => !IsDoneByFilling(c.Constraint.Contype, counts)))
            throw RowsNeedValues(column.Colname);

        // No table with children gets an identity.
        ReplacesChild |= isIdentity;
        if (isSerial)
            SequenceDefaults.MakePlain(shard.TypeName);
        shard.Constraints.Clear();
        if (counts)
        {
            shard.Constraints.Add(new Node { Constraint = new Constraint { Contype = ConstrType.ConstrNotnull } });
            shard.Constraints.Add(new Node { Constraint = new Constraint { Contype = ConstrType.ConstrDefault, RawExpr = SyntaxNodes.Zero } });
            Zeroed.Add(column.Colname);
        }

        Filled.Add(column.Colname);
        return CommandPlace.Everywhere;
    }

    private static bool IsDoneByFilling(ConstrType constraint, bool counts) =>
        constraint is ConstrType.ConstrIdentity or ConstrType.ConstrDefault or ConstrType.ConstrNull || (counts && constraint == ConstrType.ConstrNotnull);

    private CommandPlace DropColumn(AlterTableCmd command)
    {
        if (command.Name == table.DistributionColumn?.Name)
            throw Refusal.NotSupported(
                $"cannot drop distribution column \"{command.Name}\" of \"{table.Name}\"",
                hint: "Use undistribute_table() first.");

        // With a child two columns would be dropped, and the error that something depends on one would not say on which.
        ReplacesChild = true;
        MayReleaseLocalTables = true;
        return CommandPlace.Everywhere;
    }

    private CommandPlace AlterType(AlterTableCmd coordinator, AlterTableCmd shard)
    {
        if (coordinator.Name == table.DistributionColumn?.Name)
            throw Refusal.NotSupported(
                $"cannot alter the type of distribution column \"{coordinator.Name}\" of \"{table.Name}\"",
                "Rows lie where the hash of their distribution column says, which depends on its type.",
                "Use undistribute_table() first.");
        NeedsDependencies = true;
        ReplacesChild |= coordinator.Def.ColumnDef.RawDefault is not null;
        SyntaxNodes.Unqualify(shard.Def.ColumnDef.RawDefault, table);
        return CommandPlace.Everywhere;
    }

    private CommandPlace ColumnDefault(AlterTableCmd shard)
    {
        // The coordinator computes it; a default that a shard had before would hide a mistake.
        if (OnCoordinatorOnly(shard.Def))
            shard.Def = null;
        NeedsDependencies |= shard.Def is not null;
        return CommandPlace.Everywhere;
    }

    private bool OnCoordinatorOnly(Node? expression) =>
        SequenceDefaults.UsesSequence(expression) || Functions.MustRunOnCoordinator(context, expression);

    private CommandPlace DropConstraint(AlterTableCmd shard)
    {
        // A constraint that is not there is PostgreSQL's error, or its notice with IF EXISTS.
        if (context.ConstraintType(table, shard.Name) is not { } type)
            return CommandPlace.Coordinator;
        MayReleaseLocalTables = true;
        if (type is 'p' or 'u' or 'x')
            shard.Name = template.Bare(table, shard.Name);
        return CommandPlace.Everywhere;
    }

    private PgException RowsNeedValues(string column) => Refusal.NotSupported(
        $"cannot add column \"{column}\" with a sequence to distributed table \"{table.Name}\"",
        "Its values for the rows that are there come from the coordinator, while other constraints of the column or UPDATE triggers of the table have to wait.",
        "Add the column without a default, fill it with UPDATE, then use ALTER TABLE ... ALTER COLUMN ... SET DEFAULT nextval(...).");
}
