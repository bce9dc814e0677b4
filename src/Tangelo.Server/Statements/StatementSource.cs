using System.Collections.Immutable;
using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;

namespace Tangelo.Server.Statements;

/// <summary>Compiled statements for a session: from the plan cache, or compiled and put there.</summary>
internal sealed class StatementSource(SessionContext context)
{
    private readonly StatementCompiler _compiler = new(context);
    private readonly ShapedStatements _shapes = new(context);

    /// <summary>
    /// The statement of this text if its shape is known, with its literals as parameters; null when it must be parsed.
    /// </summary>
    public async ValueTask<(CompiledStatement? Statement, ParameterSet Parameters)> FindShapeAsync(ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        if (context.Map.Tables.IsEmpty)
            return (null, ParameterSet.None);
        await context.Metadata.RefreshAsync(cancellation).ConfigureAwait(false);
        var names = await NamesAsync(cancellation).ConfigureAwait(false);
        return _shapes.Find(text.Span, names);
    }

    /// <summary>Compiles the only statement of a simple query, with its literals as parameters where that is safe.</summary>
    public async ValueTask<(CompiledStatement Statement, ParameterSet Parameters)> PrepareAsync(
        ParsedStatement statement, ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        if (!context.Map.Tables.IsEmpty && _shapes.Parameterize(statement, text.Span) is { } shape)
        {
            var compiled = await CompileShapeAsync(shape, cancellation).ConfigureAwait(false);

            // What the coordinator runs over the loopback it runs with the client's literals: some of it is read from its text.
            if (compiled is DistributedStatement { Plan: not (Planning.Plans.DdlPlan or Planning.Plans.CurrentOfPlan or Planning.Plans.RecursivePlan { Main: Planning.Plans.LoopbackWritePlan }) })
            {
                _shapes.Remember(shape, compiled, await NamesAsync(cancellation).ConfigureAwait(false));
                return (compiled, shape.Parameters);
            }

            if (shape.ParameterTypes.IsEmpty)
                return (compiled, ParameterSet.None);
        }

        return (await _compiler.CompileAsync(statement, [], cancellation).ConfigureAwait(false), ParameterSet.None);
    }

    /// <summary>Compiles a shape; an error points into the text that the client wrote.</summary>
    private async ValueTask<CompiledStatement> CompileShapeAsync(ShapedStatement shape, CancellationToken cancellation)
    {
        try
        {
            return await _compiler.CompileAsync(shape.Statement, shape.ParameterTypes, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Error.Position is { } position)
        {
            throw new PgException(e.Error with { Position = shape.Shape.Positions.MapBack(position) }, e);
        }
    }

    /// <summary>Compiles a statement as it is.</summary>
    public ValueTask<CompiledStatement> CompileAsync(ParsedStatement statement, CancellationToken cancellation) =>
        _compiler.CompileAsync(statement, [], cancellation);

    /// <summary>What a statement compiled now depends on.</summary>
    /// <param name="beforeLink">Called before anything is asked of the link.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<StatementVersion> VersionAsync(Func<ValueTask> beforeLink, CancellationToken cancellation)
    {
        if (!context.SettingsAreKnown || context.Metadata.IsStale)
            await beforeLink().ConfigureAwait(false);
        await context.Metadata.RefreshAsync(cancellation).ConfigureAwait(false);
        var names = context.Map.Tables.IsEmpty ? null : await NamesAsync(cancellation).ConfigureAwait(false);
        return new StatementVersion(context.Map.Version, context.Database.SchemaVersion, names);
    }

    /// <summary>In a failed block only its end can be prepared.</summary>
    /// <exception cref="PgException">25P02.</exception>
    public static CompiledStatement ParseInFailedBlock(ReadOnlyMemory<byte> text)
    {
        if (!TryParse(text.Span, out var parsed))
            return Unparsed(text);
        if (parsed.IsEmpty)
            return new EmptyStatement();
        TransactionCommands.RequireEndOfFailedBlock(parsed[0].Tree);
        return new TransactionControl(parsed[0].Tree.TransactionStmt, parsed[0].Text);
    }

    /// <summary>Parses a text; false when its syntax is newer than the parser's, or wrong in a way that PostgreSQL words itself.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ImmutableArray<ParsedStatement> parsed)
    {
        try
        {
            parsed = SqlParser.Parse(text);
            return true;
        }
        catch (PgException)
        {
            parsed = [];
            return false;
        }
    }

    /// <summary>What could not be parsed, for the link. It may be anything.</summary>
    public static LinkStatement Unparsed(ReadOnlyMemory<byte> text) =>
        new(text.ToArray()) { Effects = StatementEffects.Settings | StatementEffects.Schema | StatementEffects.Unparsed };

    /// <summary>The statement of a Parse message, from the cache where it is there.</summary>
    /// <param name="text">The statement.</param>
    /// <param name="types">Declared parameter types.</param>
    /// <param name="beforeLink">Called before anything is asked of the link.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<CompiledStatement> ParseAsync(ReadOnlyMemory<byte> text, ImmutableArray<Oid> types, Func<ValueTask> beforeLink, CancellationToken cancellation)
    {
        if (context.IsForeignText(text.Span))
            return Unparsed(text);
        PlanKey? key = null;
        if (context.Metadata.IsStale)
            await beforeLink().ConfigureAwait(false);
        if (!context.Map.Tables.IsEmpty)
        {
            if (!context.SettingsAreKnown || context.Metadata.IsStale)
                await beforeLink().ConfigureAwait(false);
            await context.Metadata.RefreshAsync(cancellation).ConfigureAwait(false);
            key = new PlanKey(
                Encoding.UTF8.GetString(text.Span), string.Join(',', types), await NamesAsync(cancellation).ConfigureAwait(false),
                context.User, context.Map.Version, context.Database.SchemaVersion);
            if (context.Database.Plans.Find(key.Value) is { } known)
                return known;
        }

        if (!TryParse(text.Span, out var parsed))
            return Unparsed(text);
        if (parsed.IsEmpty)
            return new EmptyStatement();
        if (parsed.Length > 1)
            throw new PgException(SqlState.SyntaxError, "cannot insert multiple commands into a prepared statement");
        if (_compiler.MayConcernShards(parsed[0]))
            await beforeLink().ConfigureAwait(false);
        var statement = await _compiler.CompileAsync(parsed[0], types, cancellation).ConfigureAwait(false);
        if (key is not null && statement is DistributedStatement { Plan: not Planning.Plans.DdlPlan })
            context.Database.Plans.Set(key.Value, statement);
        return statement;
    }

    /// <summary>True when no statement of a text concerns shards, catalogs that must be filtered, or the session's transaction.</summary>
    public bool AllForLink(ImmutableArray<ParsedStatement> parsed, out StatementEffects effects)
    {
        effects = StatementEffects.None;
        foreach (var statement in parsed)
        {
            if (statement.Tree.NodeCase is PgQuery.Node.NodeOneofCase.TransactionStmt or PgQuery.Node.NodeOneofCase.ExecuteStmt or PgQuery.Node.NodeOneofCase.DeallocateStmt
                or PgQuery.Node.NodeOneofCase.DeclareCursorStmt or PgQuery.Node.NodeOneofCase.FetchStmt)
                return false;
            var facts = StatementFacts.Of(statement);
            effects |= facts.Effects;
            var references = RelationReferences.Collect(statement.Tree);
            if (_compiler.MayConcernShards(facts, references) || ExtensionCitus.IsMeant(statement.Tree)
                || !ReferenceEquals(_compiler.OnLink(statement, facts, references).Text, statement.Text))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The look at functions that <see cref="CompileAsync"/> takes, for statements that are not compiled.</summary>
    public async ValueTask RequireNoneUnseenAsync(ImmutableArray<ParsedStatement> parsed, CancellationToken cancellation)
    {
        foreach (var statement in parsed)
            await _compiler.RequireNoneUnseenAsync(statement, StatementFacts.Of(statement), cancellation).ConfigureAwait(false);
    }

    private async ValueTask<object> NamesAsync(CancellationToken cancellation)
    {
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        return (context.PrivateNames ?? context.Metadata.SchemaOfTransaction) is { } names ? (names, settings) : settings;
    }
}
