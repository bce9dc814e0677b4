using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>A statement that the client has prepared with Parse, and what has been made of it.</summary>
/// <param name="Text">The client's text.</param>
/// <param name="Types">The parameter types the client declared.</param>
/// <param name="Compiled">How it is run.</param>
/// <param name="Version">What that depends on.</param>
internal sealed record ClientStatement(byte[] Text, ImmutableArray<Oid> Types, CompiledStatement Compiled, StatementVersion Version)
{
    public uint[] TypeCodes => [.. Types.Select(t => t.Value)];

    /// <summary>
    /// True when the link has to be told as well: what it runs, and everything with a name, so that EXECUTE, DEALLOCATE and
    /// pg_prepared_statements know it.
    /// </summary>
    public bool IsOnLink(string name) => name.Length > 0 || Compiled is LinkStatement or EmptyStatement;
}
