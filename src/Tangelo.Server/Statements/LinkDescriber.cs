using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Planning;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Sessions;

namespace Tangelo.Server.Statements;

/// <summary>What PostgreSQL says of a statement without running it.</summary>
/// <param name="RowDescription">Body of the RowDescription, or null when the statement gives no rows.</param>
internal sealed record StatementDescription(ImmutableArray<Oid> ParameterTypes, ImmutableArray<ResultColumn> Columns, byte[]? RowDescription)
{
    public static StatementDescription None { get; } = new([], [], null);
}

/// <summary>Asks the coordinator, in one round trip, what a statement's parameters, columns and relation names are.</summary>
internal sealed class LinkDescriber(SessionContext context)
{
    private const string StatementName = "tangelo_describe";

    private const string ResolveSql =
        """
        SELECT u.name, c.oid, c.relkind, n.nspname, c.relname, c.relpersistence = 't',
            (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attname, a.atttypid::int8,
                    CASE WHEN a.attcollation NOT IN (0, CASE WHEN t.typtype = 'd' THEN 100 ELSE t.typcollation END) THEN a.attcollation::text END) ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
        FROM pg_catalog.unnest($1::pg_catalog.text[]) u(name)
        JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(u.name)
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        """;

    private static readonly byte[] ResolveText = Encoding.UTF8.GetBytes(ResolveSql);

    /// <param name="sql">The statement; null to resolve names only.</param>
    /// <param name="declared">Parameter types the client has declared.</param>
    /// <param name="names">Relation names to resolve.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">PostgreSQL's own error for the statement.</exception>
    public async Task<(StatementDescription Description, Dictionary<RelationName, ResolvedRelation> Relations)> DescribeAsync(
        byte[]? sql, ImmutableArray<Oid> declared, IReadOnlyCollection<RelationName> names, CancellationToken cancellation)
    {
        if (sql is null && names.Count == 0)
            return (StatementDescription.None, []);
        var link = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        if (sql is not null)
        {
            FrontendMessages.Parse(link.Out, StatementName, sql, [.. declared.Select(t => t.Value)]);
            FrontendMessages.Describe(link.Out, (byte)'S', StatementName);
            FrontendMessages.Close(link.Out, (byte)'S', StatementName);
        }

        var resolver = link.Prepared.Use(ResolveSql, 0, ResolveText, []);
        var byText = names.Distinct().ToDictionary(n => n.Schema.Length == 0 ? ShardNames.Quote(n.Name) : ShardNames.QuoteQualified(n.Schema, n.Name));
        FrontendMessages.Bind(link.Out, "tangelo_resolve", resolver, ParameterSet.FromText([TextArrayLiteral.Of(byText.Keys)]).Tail);
        FrontendMessages.Execute(link.Out, "tangelo_resolve", 0);
        FrontendMessages.Close(link.Out, (byte)'P', "tangelo_resolve");
        var inBatch = context.LinkIsInBatch;
        if (inBatch)
            FrontendMessages.Flush(link.Out);
        else
            FrontendMessages.Sync(link.Out);
        await link.FlushAsync(cancellation).ConfigureAwait(false);

        var description = StatementDescription.None;
        var relations = new Dictionary<RelationName, ResolvedRelation>();
        PgException? failure = null;
        var resolved = false;
        while (true)
        {
            var message = await link.ReadReplyAsync(cancellation).ConfigureAwait(false);
            switch (message.Type)
            {
                case BackendCode.ParameterDescription:
                    description = description with { ParameterTypes = ReadTypes(message.Body.Span) };
                    break;
                case BackendCode.RowDescription:
                    description = description with { Columns = ReadColumns(message.Body.Span), RowDescription = message.Body.ToArray() };
                    break;
                case BackendCode.DataRow:
                    var (text, relation) = ReadRelation(message.Body.Span);
                    relations[byText[text]] = relation;
                    break;
                case BackendCode.CommandComplete:
                    resolved = true;
                    break;
                case BackendCode.ErrorResponse:
                    failure ??= new PgException(ErrorFields.Read(message.Body.Span));
                    if (inBatch)
                    {
                        context.Replies.Received(BackendCode.ErrorResponse);
                        link.Prepared.ForgetUnconfirmed();
                        throw failure;
                    }

                    break;
                case BackendCode.CloseComplete when inBatch && resolved:
                case BackendCode.ReadyForQuery:
                    link.Prepared.ForgetUnconfirmed();
                    return failure is null ? (description, relations) : throw failure;
            }
        }
    }

    /// <summary>The SQL names of types, as format_type gives them.</summary>
    public async Task<IReadOnlyList<string>> TypeNamesAsync(IEnumerable<ResultColumn> columns, CancellationToken cancellation)
    {
        var list = string.Join(", ", columns.Select((c, i) => $"({i}, {c.Type}, {c.TypeModifier})"));
        var rows = await context.QueryLinkAsync(
            $"SELECT pg_catalog.format_type(t, m) FROM (VALUES {list}) v(i, t, m) ORDER BY i", cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => r[0]!)];
    }

    private static ImmutableArray<Oid> ReadTypes(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var types = new Oid[reader.ReadInt16()];
        for (var i = 0; i < types.Length; i++)
            types[i] = new Oid((uint)reader.ReadInt32());
        return [.. types];
    }

    private static ImmutableArray<ResultColumn> ReadColumns(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var columns = new ResultColumn[reader.ReadInt16()];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = new ResultColumn(
                reader.ReadCString(), new Oid((uint)reader.ReadInt32()), reader.ReadInt16(), new Oid((uint)reader.ReadInt32()), reader.ReadInt16(), reader.ReadInt32());
            reader.ReadInt16();
        }

        return [.. columns];
    }

    private (string Text, ResolvedRelation Relation) ReadRelation(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        reader.ReadInt16();
        var values = new string[7];
        for (var i = 0; i < values.Length; i++)
        {
            var length = reader.ReadInt32();
            values[i] = length < 0 ? "" : Encoding.UTF8.GetString(reader.ReadBytes(length));
        }

        var kind = values[2][0];
        var oid = new Oid(uint.Parse(values[1]));
        var reaches = kind == 'p' || (kind == 'v' && context.Metadata.Views.Contains(oid));
        return (values[0], new ResolvedRelation(oid, kind, values[3], values[4], values[5] == "t", reaches)
        {
            Columns = ReadRelationColumns(values[6]),
        });
    }

    private static ImmutableArray<RelationColumn> ReadRelationColumns(string json)
    {
        if (json.Length == 0)
            return [];
        using var document = JsonDocument.Parse(json);
        return
        [
            .. document.RootElement.EnumerateArray().Select(c => new RelationColumn(c[0].GetString()!, new Oid((uint)c[1].GetInt64()), c[2].GetString())),
        ];
    }
}
