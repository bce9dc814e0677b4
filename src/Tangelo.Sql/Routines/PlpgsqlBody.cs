using System.Collections.Immutable;

namespace Tangelo.Sql.Routines;

/// <summary>What a PL/pgSQL function consists of.</summary>
/// <param name="Variables">Its variables, by number: first the arguments.</param>
/// <param name="Queries">The SQL in it, in the order in which the parser gives it.</param>
/// <param name="Statements">The kinds of its statements, as the parser calls them (<c>execsql</c>, <c>if</c>).</param>
/// <param name="Assigned">The numbers of the variables that something is assigned to.</param>
/// <param name="HasOddities">True with something that none of the other lists shows: a dynamic query, or diagnostics other than ROW_COUNT.</param>
public sealed record PlpgsqlBody(
    ImmutableArray<PlpgsqlVariable> Variables,
    ImmutableArray<PlpgsqlQuery> Queries,
    ImmutableHashSet<string> Statements,
    ImmutableHashSet<int> Assigned,
    bool HasOddities);

/// <summary>A variable, and its type as it is written (<c>UNKNOWN</c> for arguments and what PL/pgSQL declares by itself).</summary>
public sealed record PlpgsqlVariable(string Name, string Type);

/// <summary>SQL in a function, as the function has it; blanks stand where INTO was.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text.</param>
/// <param name="Start">Where the SQL begins, in bytes: in an assignment after its target.</param>
public sealed record PlpgsqlQuery(PlpgsqlQueryKind Kind, string Text, int Start);

/// <summary>What a query is the text of.</summary>
public enum PlpgsqlQueryKind
{
    /// <summary>A whole statement.</summary>
    Statement,

    /// <summary>A statement with PERFORM in the place of its SELECT.</summary>
    Perform,

    /// <summary>What SELECT would be written before.</summary>
    Expression,

    /// <summary>A target, := or =, and an expression.</summary>
    Assignment,
}
