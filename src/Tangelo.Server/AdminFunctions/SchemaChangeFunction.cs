using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Tangelo.Cluster.Functions;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;
using Tangelo.Execution.Shards;
using Tangelo.Planning;
using Tangelo.Planning.Ddl;
using Tangelo.Planning.Plans;
using Tangelo.Server.Hosting;
using Tangelo.Server.Statements;
using Tangelo.Sql.Parsing;
using Kind = PgQuery.Node.NodeOneofCase;

namespace Tangelo.Server.AdminFunctions;

/// <summary>
/// A schema change inside of a function of the coordinator. PostgreSQL runs the statement itself; what a plan has around it is asked for by event triggers,
/// which run the coordinator's part in the same backend. The steps are <c>begin</c>, <c>follow</c> and <c>end</c>.
/// </summary>
internal sealed class SchemaChangeFunction(RouterState router) : IClusterFunction
{
    private long _lastId;

    public string Name => "schema_change";

    /// <returns>One object. Of <c>begin</c>: <c>probe</c>, <c>prepare</c>, or <c>id</c> with <c>before</c>; nothing where shards are not concerned.</returns>
    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var caller = ((ClusterSession)session).Parent;
        if (args.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Array)
            caller.Metadata.UseAll(MetadataLoader.Parse(0, Texts(metadata)).Tables);
        object? answer = args.GetProperty("step").GetString() switch
        {
            "begin" => await BeginAsync(args, (ClusterSession)session, cancellation).ConfigureAwait(false),
            "follow" => Follow(Find(args, caller)),
            "known" => null,
            _ => await EndAsync(Find(args, caller), args, session, cancellation).ConfigureAwait(false),
        };
        return answer is null ? [] : [JsonSerializer.Serialize(answer)];
    }

    private async Task<Dictionary<string, object?>?> BeginAsync(JsonElement args, ClusterSession session, CancellationToken cancellation)
    {
        var caller = session.Parent;
        if (Statement(args) is not { } statement)
            return new() { ["unknown"] = true };
        var answers = args.GetProperty("answers").EnumerateObject()
            .ToDictionary(a => a.Name, a => (IReadOnlyList<string?[]>)[.. a.Value.EnumerateArray().Select(row => row.EnumerateArray().Select(v => v.GetString()).ToArray())]);
        var request = new PlanRequest(
            statement, caller.Map, ImmutableDictionary<RelationName, ResolvedRelation>.Empty, [], [], caller.Database.Functions)
        { Answers = answers };
        if (!DdlPlanner.TryPlan(request, out var plan))
            return null;
        switch (plan)
        {
            case CatalogProbePlan probe:
                return new() { ["probe"] = probe.Sql };
            case DdlPlan { Preparation: { } sql }:
                return new() { ["prepare"] = sql, ["metadata"] = MetadataLoader.Sql };
            case DdlPlan { Before: [], After: [], Parts: [], Nodes: [], AtEnd: [], NodeScripts: null } ddl when ddl.CoordinatorSql.Span.SequenceEqual(statement.Text):
                // Event triggers of the coordinator follow it already, whoever runs it.
                return null;
            case DdlPlan { Transactional: true } ddl:
                var fits = ddl.BeforeInFunction is not null || ddl.CoordinatorSql.Span.SequenceEqual(statement.Text);
                if (!fits)
                {
                    throw new PgException(
                        SqlState.FeatureNotSupported, "this schema change of a distributed table cannot run inside of a function",
                        $"The coordinator would have to run another statement: {Encoding.UTF8.GetString(ddl.CoordinatorSql.Span)}", "Send the statement from the client.");
                }

                // Before the coordinator has locked its own table, as where the client sends the statement.
                var parts = await session.LockAsync(ddl.Parts, cancellation).ConfigureAwait(false);
                caller.Metadata.SetSchemaChanged();
                var id = $"{router.RouterId}.{Interlocked.Increment(ref _lastId)}";
                caller.SchemaChanges[id] = ddl with { Parts = [.. parts] };
                return new() { ["id"] = id, ["before"] = ddl.Before.AddRange(ddl.BeforeInFunction ?? []) };
            default:
                return null;
        }
    }

    private static Dictionary<string, object?> Follow(DdlPlan plan) => new() { ["after"] = plan.After, ["scripts"] = plan.NodeScripts };

    private static async Task<Dictionary<string, object?>> EndAsync(DdlPlan plan, JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var work = new Dictionary<GroupId, StringBuilder>();
        void Add(GroupId group, string sql)
        {
            if (!work.TryGetValue(group, out var text))
                work[group] = text = new StringBuilder();
            text.Append(sql).Append(";\n");
        }

        foreach (var sql in Texts(args.GetProperty("scripts")).Concat(plan.Nodes.Select(n => n.Sql)))
        {
            foreach (var node in session.Map.Workers)
                Add(node.Group, sql);
        }

        foreach (var part in plan.Parts)
        {
            foreach (var target in ShardResolver.EveryShardPlacement(part.Table))
            {
                if (!part.ExceptCoordinator || target.Group != GroupId.Coordinator)
                    Add(target.Group, part.Query.RenderText(target.ShardIndex));
            }
        }

        await session.ExecuteAsync([.. work.Select(w => (w.Key, w.Value.ToString()))], cancellation).ConfigureAwait(false);
        if (plan.ChangesMetadata)
            session.MetadataChanged();
        return new() { ["at_end"] = plan.AtEnd, ["metadata"] = plan.ChangesMetadata ? MetadataLoader.Sql : null };
    }

    private static DdlPlan Find(JsonElement args, Sessions.SessionContext caller)
    {
        var id = args.GetProperty("id").GetString() ?? "";
        return args.GetProperty("step").GetString() == "end" && caller.SchemaChanges.Remove(id, out var done) ? done
            : caller.SchemaChanges.TryGetValue(id, out var plan) ? plan
            : throw new PgException(SqlState.ObjectNotInPrerequisiteState, $"no schema change \"{id}\" has begun");
    }

    // A text of several statements is the same for each of them: the coordinator counts.
    private static ParsedStatement? Statement(JsonElement args)
    {
        try
        {
            var isKnown = args.GetProperty("is_known").GetBoolean();
            var statements = SqlParser.Parse(Encoding.UTF8.GetBytes(args.GetProperty("text").GetString()!)).Where(s => isKnown || TellsOfItself(s)).ToList();
            return statements.Count == 0 ? null : statements[args.GetProperty("number").GetInt32() % statements.Count];
        }
        catch (PgException)
        {
            return null;
        }
    }

    // Event triggers fire for it.
    private static bool TellsOfItself(ParsedStatement statement) =>
        !StatementFacts.Of(statement).IsOptimizable && statement.Tree.NodeCase is not (Kind.VariableSetStmt or Kind.CreateRoleStmt or Kind.AlterRoleStmt
            or Kind.AlterRoleSetStmt or Kind.DropRoleStmt or Kind.GrantRoleStmt or Kind.DoStmt or Kind.CallStmt or Kind.TruncateStmt or Kind.LockStmt
            or Kind.NotifyStmt or Kind.ExplainStmt or Kind.CopyStmt or Kind.ConstraintsSetStmt or Kind.ClusterStmt or Kind.ReindexStmt);

    private static IEnumerable<string> Texts(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(e => e.GetString()!) : [];
}
