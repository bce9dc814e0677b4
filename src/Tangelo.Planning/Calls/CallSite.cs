using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Values;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Calls;

/// <summary>The one call of a distributed function in a statement that reads no table: it runs wherever the function can run.</summary>
internal sealed record CallSite(DistributedFunction Function, FuncCall Call)
{
    /// <summary>The call of <paramref name="request"/>'s statement, or null.</summary>
    internal static CallSite? Find(PlanRequest request)
    {
        if (request.Map.Functions.Count == 0 || request.Relations.Count > 0)
            return null;
        var tree = request.Statement.Tree;
        if (tree.CallStmt?.Funccall is { } called)
            return OnlyCall(request, tree, called) is { Function.IsProcedure: true } procedure ? procedure : null;
        if (tree.SelectStmt is not { Op: SetOperation.SetopNone, WithClause: null, IntoClause: null, ValuesLists.Count: 0, LockingClause.Count: 0 } select
            || select.FromClause.Any(f => f.NodeCase != Node.NodeOneofCase.RangeFunction)
            || TreeWalker.Any(tree, m => m is SubLink))
            return null;
        return OnlyCall(request, tree, null) is { Function.IsProcedure: false } function ? function : null;
    }

    /// <summary>True when the statement may call a distributed function: a cheap first test.</summary>
    internal static bool MayBeIn(PlanRequest request, Node tree) => request.AllowsCalls && request.Map.Functions.Count > 0
        && TreeWalker.Any(tree, m => m is FuncCall call && request.Map.Functions.Contains(Syntax.FunctionName(call)));

    /// <summary>The value of an argument (<paramref name="place"/> counts from 0 in the order of the call), by its place or name; null when it is left out.</summary>
    internal Node? Argument(int place, string name)
    {
        var named = Call.Args.FirstOrDefault(a => a.NamedArgExpr is { } argument && argument.Name == name);
        if (named is not null)
            return named.NamedArgExpr.Arg;
        return place < Call.Args.Count && Call.Args.Take(place + 1).All(a => a.NamedArgExpr is null) ? Call.Args[place] : null;
    }

    private static CallSite? OnlyCall(PlanRequest request, Node tree, FuncCall? called)
    {
        var copy = tree.Clone();
        CallSite? site = null;
        var several = false;
        TreeWalker.Visit(copy, message =>
        {
            if (message is FuncCall call && request.Map.Functions.Contains(Syntax.FunctionName(call)))
            {
                several |= site is not null;
                site = FunctionOf(request.Map, call) is { } function ? new CallSite(function, call.Clone()) : null;

                // A function that any server has, and that all servers agree on: what is asked is whether the rest of the statement can run anywhere.
                call.Funcname.Clear();
                call.Funcname.Add(new Node { String = new PgQuery.String { Sval = "abs" } });
            }

            return true;
        });
        if (several || site is not { Call: { Over: null, AggFilter: null, AggOrder.Count: 0, AggStar: false, AggDistinct: false, AggWithinGroup: false, FuncVariadic: false } }
            || (called is not null && Syntax.FunctionName(called) != Syntax.FunctionName(site.Call)))
            return null;
        return RunsAnywhere(request, copy) ? site : null;
    }

    /// <summary>True for a statement without tables that gives the same on every node.</summary>
    internal static bool RunsAnywhere(PlanRequest request, Node tree) =>
        StatementFacts.Of(request, tree, new FunctionRules(request.Functions)) is { WhyCoordinator: null } facts
        && facts.Unsteady?.StartsWith('\'') != true
        && !StatementValues.IsIn(tree);

    private static DistributedFunction? FunctionOf(ClusterMap map, FuncCall call)
    {
        var functions = map.Functions[Syntax.FunctionName(call)].Take(2).ToList();
        return functions is [var only] && (call.Funcname.Count == 1 || (call.Funcname.Count == 2 && call.Funcname[0].String.Sval == only.Schema)) ? only : null;
    }
}
