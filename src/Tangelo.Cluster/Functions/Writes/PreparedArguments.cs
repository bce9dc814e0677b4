using System.Text.Json;
using PgQuery;
using Tangelo.Cluster.Functions.Statements;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Writes;

/// <summary>The arguments of EXECUTE in place of the parameters of what was prepared: <c>"execution": {"text", "types"}</c> tells of them.</summary>
internal static class PreparedArguments
{
    /// <summary>The statements with those arguments that are constants.</summary>
    public static List<Node> In(List<Node> statements, JsonElement args)
    {
        if (args.GetProperty("execution") is not { ValueKind: JsonValueKind.Object } execution
            || StatementText.TryParse(execution.GetProperty("text").GetString()!) is not [{ ExecuteStmt: { } execute }])
        {
            return statements;
        }

        var types = execution.GetProperty("types").EnumerateArray().Select(t => t.GetString()!).ToList();
        return statements.ConvertAll(statement => TreeRewriter.Rewrite(statement, node =>
            node.ParamRef is { Number: var number } && number <= types.Count && number <= execute.Params.Count && IsConstant(execute.Params[number - 1])
                ? Cast(execute.Params[number - 1], types[number - 1])
                : null));
    }

    // PostgreSQL has computed the others by now, and nobody can ask it what they were.
    private static bool IsConstant(Node argument) => !TreeWalker.Any(argument, m => m is FuncCall or SubLink or ColumnRef or ParamRef or SQLValueFunction);

    private static Node Cast(Node argument, string type)
    {
        var cast = SqlParser.ParseExpression($"NULL::{type}");
        cast.TypeCast.Arg = argument.Clone();
        return cast;
    }
}
