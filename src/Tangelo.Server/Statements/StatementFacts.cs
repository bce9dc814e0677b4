using Google.Protobuf;
using PgQuery;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Server.Statements;

/// <summary>What a look at the syntax tree tells about a statement, before anything is resolved.</summary>
/// <param name="IsOptimizable">SELECT, INSERT, UPDATE, DELETE or MERGE: PostgreSQL can describe it.</param>
/// <param name="IsRead">It only reads.</param>
/// <param name="Effects">What it may change for the session.</param>
/// <param name="CustomSettings">Names with a dot that it sets.</param>
internal sealed record StatementFacts(bool IsOptimizable, bool IsRead, StatementEffects Effects, IReadOnlyList<string> CustomSettings)
{
    // PostgreSQL's CURSOR_OPT_HOLD.
    private const int HoldOption = 0x20;

    /// <summary>The functions it calls, by the last part of their names.</summary>
    public IReadOnlyCollection<string> Calls { get; private init; } = [];

    /// <summary>CREATE TABLE AS, or SELECT INTO, with WITH queries that write: PostgreSQL can describe these, too.</summary>
    public bool KeepsRowsOfWrites { get; private init; }

    /// <summary>VACUUM or ANALYZE without a list, and SET CONSTRAINTS.</summary>
    public bool TakesAllTables { get; private init; }

    public static StatementFacts Of(ParsedStatement statement)
    {
        var kind = statement.Tree.NodeCase;
        var effects = kind switch
        {
            // SET TRANSACTION changes no setting that is laid on workers, and after it nothing may be asked before SET TRANSACTION SNAPSHOT.
            Node.NodeOneofCase.VariableSetStmt when statement.Tree.VariableSetStmt is
            { Kind: VariableSetKind.VarSetMulti, Name: "TRANSACTION" or "TRANSACTION SNAPSHOT" }
                or { Kind: VariableSetKind.VarSetValue, Name: "transaction_isolation" or "transaction_read_only" or "transaction_deferrable" } => StatementEffects.None,
            Node.NodeOneofCase.VariableSetStmt => StatementEffects.Settings,
            Node.NodeOneofCase.ListenStmt => StatementEffects.Listens,
            Node.NodeOneofCase.DeclareCursorStmt when (statement.Tree.DeclareCursorStmt.Options & HoldOption) != 0 => StatementEffects.HeldCursor,
            Node.NodeOneofCase.DiscardStmt or Node.NodeOneofCase.DoStmt or Node.NodeOneofCase.CallStmt or Node.NodeOneofCase.AlterRoleSetStmt
                or Node.NodeOneofCase.ExecuteStmt => StatementEffects.Settings,
            Node.NodeOneofCase.SelectStmt or Node.NodeOneofCase.InsertStmt or Node.NodeOneofCase.UpdateStmt or Node.NodeOneofCase.DeleteStmt
                or Node.NodeOneofCase.MergeStmt or Node.NodeOneofCase.ExplainStmt or Node.NodeOneofCase.VariableShowStmt or Node.NodeOneofCase.CopyStmt
                or Node.NodeOneofCase.PrepareStmt or Node.NodeOneofCase.DeallocateStmt or Node.NodeOneofCase.DeclareCursorStmt
                or Node.NodeOneofCase.FetchStmt or Node.NodeOneofCase.ClosePortalStmt or Node.NodeOneofCase.LockStmt
                or Node.NodeOneofCase.NotifyStmt or Node.NodeOneofCase.UnlistenStmt or Node.NodeOneofCase.CheckPointStmt
                or Node.NodeOneofCase.ConstraintsSetStmt or Node.NodeOneofCase.TransactionStmt or Node.NodeOneofCase.VacuumStmt => StatementEffects.None,
            _ => StatementEffects.Schema,
        };

        effects |= SessionState.EffectsOf(statement.Tree);
        var custom = new List<string>();
        var calls = new List<string>();
        var locks = false;
        var writes = false;
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is FuncCall called)
            {
                calls.Add(NameOf(called));
                effects |= SessionState.EffectsOf(called);
            }

            if (TargetOf(message) is { } target && target.StartsWith("pg_dist_", StringComparison.Ordinal))
                effects |= StatementEffects.Metadata;
            switch (message)
            {
                case VariableSetStmt set when set.Name.Contains('.'):
                    custom.Add(set.Name);
                    break;
                case FuncCall call when NameOf(call) == "set_config":
                    effects |= StatementEffects.Settings;
                    if (call.Args.Count > 0 && call.Args[0].AConst?.Sval is { Sval: var name } && name.Contains('.'))
                        custom.Add(name);
                    break;
                case RangeVar { Relpersistence: "t" }:
                    effects |= StatementEffects.TemporaryObjects | StatementEffects.Schema;
                    break;
                case IntoClause:
                    effects |= StatementEffects.Schema;
                    break;
                case LockingClause:
                    locks = true;
                    break;
                case InsertStmt or UpdateStmt or DeleteStmt or MergeStmt:
                    writes = true;
                    break;
            }

            return true;
        });

        var optimizable = kind is Node.NodeOneofCase.SelectStmt or Node.NodeOneofCase.InsertStmt or Node.NodeOneofCase.UpdateStmt
            or Node.NodeOneofCase.DeleteStmt or Node.NodeOneofCase.MergeStmt;
        return new StatementFacts(
            optimizable && !(kind == Node.NodeOneofCase.SelectStmt && statement.Tree.SelectStmt.IntoClause is not null),
            kind == Node.NodeOneofCase.SelectStmt && !locks && !writes,
            effects,
            custom)
        {
            Calls = calls,
            KeepsRowsOfWrites = writes && statement.Tree is { SelectStmt.IntoClause: not null } or { CreateTableAsStmt: not null },
            TakesAllTables = kind == Node.NodeOneofCase.ConstraintsSetStmt
                || (kind == Node.NodeOneofCase.VacuumStmt && statement.Tree.VacuumStmt.Rels.Count == 0),
        };
    }

    /// <summary>
    /// True for what PostgreSQL takes no snapshot for. In a transaction that keeps its snapshot a LOCK may come before it, and SET TRANSACTION must.
    /// </summary>
    public static bool NeedsNoSnapshot(Node statement) => statement.NodeCase is Node.NodeOneofCase.TransactionStmt or Node.NodeOneofCase.LockStmt
        or Node.NodeOneofCase.VariableSetStmt or Node.NodeOneofCase.VariableShowStmt or Node.NodeOneofCase.ConstraintsSetStmt or Node.NodeOneofCase.FetchStmt
        or Node.NodeOneofCase.ListenStmt or Node.NodeOneofCase.NotifyStmt or Node.NodeOneofCase.UnlistenStmt or Node.NodeOneofCase.CheckPointStmt
        or Node.NodeOneofCase.DeallocateStmt or Node.NodeOneofCase.ClosePortalStmt or Node.NodeOneofCase.DiscardStmt;

    private static string? TargetOf(IMessage message) => message switch
    {
        InsertStmt insert => insert.Relation?.Relname,
        UpdateStmt update => update.Relation?.Relname,
        DeleteStmt delete => delete.Relation?.Relname,
        MergeStmt merge => merge.Relation?.Relname,
        CopyStmt { IsFrom: true } copy => copy.Relation?.Relname,
        _ => null,
    };

    /// <summary>The last part of a function's name.</summary>
    public static string NameOf(FuncCall call) => call.Funcname.Count == 0 ? "" : call.Funcname[^1].String?.Sval ?? "";
}
