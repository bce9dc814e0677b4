using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>A statement that the client has prepared with Parse, and what has been made of it.</summary>
/// <param name="Text">The client's text.</param>
/// <param name="Types">The parameter types the client declared, or those that PostgreSQL found when the text was parsed first.</param>
/// <param name="Compiled">How it is run.</param>
/// <param name="Version">What that depends on.</param>
/// <param name="Rows">The rows it was first known to give, as <see cref="RowsOf"/>.</param>
internal sealed record ClientStatement(byte[] Text, ImmutableArray<Oid> Types, CompiledStatement Compiled, StatementVersion Version, byte[]? Rows)
{
    /// <summary>Why the coordinator could not run it, for a statement of PREPARE.</summary>
    public PgException? Refusal { get; init; }

    /// <summary>True for a statement of PREPARE whose parameter types have not been asked for.</summary>
    public bool TypesAreOnLink { get; init; }

    /// <summary>True for a statement of PREPARE.</summary>
    public bool IsOfPrepare { get; init; }

    /// <summary>The text that the link gets.</summary>
    public byte[] LinkText => Compiled is LinkStatement link ? link.Text : Text;

    /// <summary>True for a query whose parts the coordinator would show what others have changed.</summary>
    public bool IsForRouter => Compiled is DistributedStatement { Plan: RecursivePlan { Main: LoopbackWritePlan } };

    public uint[] TypeCodes => [.. Types.Select(t => t.Value)];

    /// <summary>True when the link has to be told as well: what it runs, and everything with a name, so that pg_prepared_statements shows it.</summary>
    public bool IsOnLink(string name) => name.Length > 0 || Compiled is LinkStatement or EmptyStatement;

    /// <summary>Its rows must still be those that the client was told of.</summary>
    /// <exception cref="PgException">0A000.</exception>
    public void RequireSameRows()
    {
        if (Rows is not null && RowsOf(Compiled) is { } now && !RowDescriptions.HaveSameShape(Rows, now))
            throw OtherRows();
    }

    /// <summary>0A000, in PostgreSQL's words.</summary>
    /// <remarks>The JDBC driver knows the error by its routine, and prepares the statement again.</remarks>
    public static PgException OtherRows() =>
        new(new PgError { Code = SqlState.FeatureNotSupported, Message = "cached plan must not change result type", Routine = "RevalidateCachedQuery" });

    /// <summary>A RowDescription's body, empty for a statement that gives no rows; null where only the link knows.</summary>
    public static byte[]? RowsOf(CompiledStatement compiled) => compiled is DistributedStatement distributed ? distributed.DescribedRows ?? [] : null;
}
