using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Routines;
using Tangelo.Sql.Splicing;

namespace Tangelo.Planning.Calls;

/// <summary>The body of a function that stays within its shards.</summary>
/// <param name="Copied">It, with holes for the names of shards.</param>
/// <param name="Anchor">A distributed table that it reads or writes; null without.</param>
/// <param name="Names">Names of tables as the copy has them, and as the author wrote them.</param>
internal sealed partial record FunctionBody(ImmutableArray<ShardQueryPart> Copied, DistributedTable? Anchor, ImmutableArray<(string Copied, string Written)> Names)
{
    // Statements that do on a node what they do on the coordinator.
    private static readonly ImmutableHashSet<string> Portable =
    [
        "block", "assign", "if", "case", "loop", "while", "fori", "fors", "foreach_a", "exit", "return", "return_next", "return_query", "raise", "assert",
        "execsql", "perform", "getdiag",
    ];

    /// <summary>The body of a function; null when it has to run on the coordinator.</summary>
    internal static FunctionBody? Read(PlanRequest request, DistributedFunction function, FunctionDefinition definition)
    {
        // The search path of a definer's function without one of its own may name the definer.
        if (definition.Body.Length == 0 || (definition.SearchPath is { } path ? path.Contains("$user", StringComparison.Ordinal) : definition.IsSecurityDefiner))
            return null;
        if (definition.Defaults is { } defaults && !RunsAnywhere(request, defaults))
            return null;
        return definition.IsPlpgsql ? ReadPlpgsql(request, function, definition) : ReadSql(request, function, definition);
    }

    private static FunctionBody? ReadSql(PlanRequest request, DistributedFunction function, FunctionDefinition definition)
    {
        if (BodyStatement.OfSql(definition.Body) is not { } statements)
            return null;
        var inputs = definition.InputPlaces.Select(definition.NameOf).ToList();
        var variables = new FunctionVariables(function.Name, inputs, definition.InputTypes, []);
        var names = new CopiedNames(definition.Body);
        var analysis = Analyse(request, function, definition, statements, variables, function.DistributionArgument + 1, []);
        if (analysis is null)
            return null;
        var edits = new TextEdits();
        foreach (var statement in statements)
        {
            if (names.Replace(statement, analysis) is not { } change)
                return null;
            edits.AddAll(change, statement.Shift);
        }

        return new FunctionBody(names.Split(edits.Apply(Encoding.UTF8.GetBytes(definition.Body)).Sql), analysis.Anchor, names.Written);
    }

    private static FunctionBody? ReadPlpgsql(PlanRequest request, DistributedFunction function, FunctionDefinition definition)
    {
        if (PlpgsqlParser.Parse(definition.Definition) is not { HasOddities: false } body || !body.Statements.IsSubsetOf(Portable)
            || BodyStatement.OfPlpgsql(body) is not { } statements)
            return null;

        // The argument must not change, and no block may have another variable of its name.
        var key = definition.PlaceOfInput(function.DistributionArgument);
        var name = body.Variables[key].Name;
        if (body.Assigned.Contains(key) || body.Variables.Count(v => v.Name == name) != 1 || (definition.NameOf(key) is { Length: > 0 } declared && declared != name))
            return null;
        var arguments = Enumerable.Range(0, definition.ArgumentCount).Select(definition.NameOf).ToList();
        var types = new Oid[arguments.Count];
        foreach (var (place, type) in definition.InputPlaces.Zip(definition.InputTypes))
            types[place] = type;
        var variables = new FunctionVariables(function.Name, arguments, types, body.Variables.Skip(arguments.Count).Select(v => v.Name).Distinct());

        var names = new CopiedNames(definition.Body);
        var rowTypes = body.Variables.Select(v => v.Type.Trim()).Distinct().Where(t => t.Contains('%')).ToList();
        if (rowTypes.Select(t => TableType().Match(t)).ToList() is var matches && matches.Exists(m => !m.Success))
            return null;
        var typeTables = matches.ToDictionary(m => m.Value, m => new RelationName(m.Groups["schema"].Value, m.Groups["table"].Value));
        if (Analyse(request, function, definition, statements, variables, key + 1, typeTables.Values) is not { } analysis)
            return null;
        var plainTypes = body.Variables.Select(v => v.Type.Trim()).Distinct().Except(rowTypes).Where(t => t is not ("UNKNOWN" or "record"));
        if (!plainTypes.All(t => RunsAnywhere(request, $"NULL::{t}")))
            return null;

        var wanted = new Dictionary<string, string>();
        foreach (var (type, table) in typeTables)
        {
            if (analysis.TableOf(table) is not { } distributed)
                return null;
            wanted[type] = names.Hole(distributed, table.Name) + type[type.IndexOfAny(['.', '%'], table.Schema.Length == 0 ? 0 : table.Schema.Length + 1)..];
        }

        var changes = new List<TextEdits?>();
        for (var i = 0; i < statements.Count; i++)
        {
            if (names.Replace(statements[i], analysis) is not { } change)
                return null;
            var shifted = new TextEdits();
            shifted.AddAll(change, statements[i].Shift);
            changes.Add(change.IsEmpty ? null : shifted);
        }

        return PlpgsqlRewriter.Rewrite(definition.AroundBody, definition.Body, body, changes, wanted) is { } copied
            ? new FunctionBody(names.Split(copied), analysis.Anchor, names.Written)
            : null;
    }

    // Asks what the names mean, and looks at each statement. Null when one may leave the shard.
    private static BodyAnalysis? Analyse(
        PlanRequest request, DistributedFunction function, FunctionDefinition definition, List<BodyStatement> statements, FunctionVariables variables, int key,
        IEnumerable<RelationName> further)
    {
        var names = statements.SelectMany(s => RelationReferences.Collect(s.Parsed.Tree)).Select(r => new RelationName(r.Schema, r.Name)).Concat(further).Distinct().ToList();
        if (BodyNames.Resolve(request, names, definition.SearchPath) is not { } relations)
            return null;
        var analysis = new BodyAnalysis(request with { Relations = relations }, function, variables, key);
        return statements.TrueForAll(analysis.StaysOnShard) ? analysis : null;
    }

    private static bool RunsAnywhere(PlanRequest request, string expressions)
    {
        try
        {
            return SqlParser.Parse(Encoding.UTF8.GetBytes("SELECT " + expressions)) is [var select] && CallSite.RunsAnywhere(request, select.Tree);
        }
        catch (PgException)
        {
            return false;
        }
    }

    // table%ROWTYPE and table.column%TYPE, with plain names.
    [GeneratedRegex(@"^(?:(?<schema>[a-z_][a-z0-9_$]*)\.)?(?<table>[a-z_][a-z0-9_$]*)(?:%ROWTYPE|\.[a-z_][a-z0-9_$]*%TYPE)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex TableType();
}
