using System.Security.Cryptography;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Texts;
using Tangelo.Sql.Splicing;

namespace Tangelo.Planning.Calls;

/// <summary>
/// Calls of functions that are distributed by an argument: on the node of that argument's shard, when the whole function stays within the shards that
/// belong together there. Whatever is not sure runs on the coordinator, as any other function does.
/// </summary>
internal static class CallPlanner
{
    /// <summary>The plan of a statement that calls such a function, or null when the coordinator runs it.</summary>
    /// <exception cref="ProbeNeededException">The catalog has to be asked first.</exception>
    internal static CallPlan? Plan(PlanRequest request)
    {
        if (!request.AllowsCalls || CallSite.Find(request) is not { } site)
            return null;
        var function = site.Function;
        if (FunctionDefinition.Read(request.Ask(FunctionDefinition.Probe(function))) is not { } definition || function.DistributionArgument >= definition.InputTypes.Length)
            return null;

        // CALL has a place for OUT arguments, too.
        var place = definition.PlaceOfInput(function.DistributionArgument);
        var argument = site.Argument(function.IsProcedure ? place : function.DistributionArgument, definition.NameOf(place));
        var type = definition.InputTypes[function.DistributionArgument];
        if (argument is null || new KeyOperands(request.ParameterTypes).Read(argument, type) is not { } key || key is ArrayParameterKey)
            return null;
        if (FunctionBody.Read(request, function, definition) is not { } body || AnchorOf(request, function, body) is not { } anchor)
            return null;
        if (anchor.DistributionColumn!.Type != type && !(PgTypes.IsInteger(type) && PgTypes.IsInteger(anchor.DistributionColumn.Type)))
            return null;

        var copy = CopyOf(function, definition, body, anchor);
        return Statement(request, site.Call, copy, anchor) is { } statement
            ? new CallPlan(new ShardPlan(statement, new KeyShards(anchor, [key]), StatementKind.Select) { Writes = definition.Writes }, copy, function.IsProcedure)
            : null;
    }

    // A function that touches no table runs where those of its group are. What is on the coordinator's own node stays there.
    private static DistributedTable? AnchorOf(PlanRequest request, DistributedFunction function, FunctionBody body)
    {
        var anchor = body.Anchor ?? request.Map.Tables
            .Where(t => t.Colocation == function.Colocation && t.Method == DistributionMethod.Hash && t.DistributionColumn is { TypeModifier: < 0 }).MinBy(t => t.Relation.Value);
        return anchor is not null && !anchor.IsReplicated && anchor.Shards.All(s => s.Placements.Length == 1 && s.Placements[0] != GroupId.Coordinator) ? anchor : null;
    }

    private static FunctionCopy CopyOf(DistributedFunction function, FunctionDefinition definition, FunctionBody body, DistributedTable anchor)
    {
        var hash = Hash(definition, body);
        var prefix = $"tangelo_call_{function.Oid.Value}_{hash}_";
        var tag = Tag(definition.Body + string.Concat(body.Names.Select(n => n.Copied)));
        var head = $"""
            SELECT pg_catalog.set_config('check_function_bodies', 'off', true), pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('tangelo_call'));
            CREATE SCHEMA IF NOT EXISTS {FunctionDefinition.SchemaMark};
            GRANT USAGE ON SCHEMA {FunctionDefinition.SchemaMark} TO PUBLIC;
            CREATE OR REPLACE {(function.IsProcedure ? "PROCEDURE" : "FUNCTION")} {FunctionDefinition.SchemaMark}.
            """;
        IEnumerable<ShardQueryPart> parts =
        [
            .. IndexMarks.Cut(head, FunctionDefinition.SchemaMark, prefix),
            new TextPart(ShardNames.Quote(function.Name) + definition.Head + "AS " + tag),
            .. body.Copied,
            new TextPart(tag),
            .. definition.Rights.Append(OwnerOfSchema(definition)).SelectMany(c => IndexMarks.Cut(";\n" + c, FunctionDefinition.SchemaMark, prefix)),
        ];
        return new FunctionCopy(prefix, new ShardQuery(parts, anchor.Shards.Length), definition.IsVisible ? "" : QuotedName.Of(function.Schema) + ".", body.Names);
    }

    // Who may drop the function may drop its copies. Without the owner there is no copy: SECURITY DEFINER would have it run as somebody else.
    private static string OwnerOfSchema(FunctionDefinition definition) => $"ALTER SCHEMA {FunctionDefinition.SchemaMark} OWNER TO {definition.Owner}";

    // The version of the function and the shards it names.
    private static string Hash(FunctionDefinition definition, FunctionBody body)
    {
        var text = new StringBuilder(definition.Version).Append('\0').Append(definition.Definition);
        foreach (var right in definition.Rights)
            text.Append('\0').Append(right);
        foreach (var part in body.Copied.OfType<ShardNamePart>())
        {
            text.Append('\0').Append(part.Table).Append(' ');
            text.AppendJoin(',', part.Table.Shards.Select(s => s.Id.Value));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }

    private static string Tag(string text)
    {
        var tag = "$tangelo$";
        while (text.Contains(tag, StringComparison.Ordinal))
            tag = tag.Insert(tag.Length - 1, "x");
        return tag;
    }

    // The client's statement, with the copy's schema before the function's name.
    private static ShardQuery? Statement(PlanRequest request, FuncCall call, FunctionCopy copy, DistributedTable anchor)
    {
        var text = request.Statement.Text;
        var length = IdentifierSpan.At(text, call.Location);
        if (length == 0)
            return null;
        return new ShardQuery(
        [
            new TextPart(Encoding.UTF8.GetString(text.AsSpan(0, call.Location)) + copy.SchemaPrefix),
            new ShardIndexPart(),
            new TextPart("." + ShardNames.Quote(call.Funcname[^1].String.Sval) + Encoding.UTF8.GetString(text.AsSpan(call.Location + length))),
        ], anchor.Shards.Length);
    }
}
