using System.Text;
using System.Text.Json;
using PgQuery;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;
using Tangelo.Server.AdminFunctions;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;

namespace Tangelo.Server.Loopback;

/// <summary>
/// The foreign table <c>tangelo_request</c>: reading it with <c>request = '{"fn": ..., "args": ...}'</c> calls a function of the
/// router, whose answers are the rows.
/// </summary>
internal sealed class RequestTable(LoopbackContext context)
{
    public const string Name = "request";

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(ParsedStatement statement, ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        var request = Find(statement, parameters)
            ?? throw new PgException(SqlState.FeatureNotSupported, "tangelo_request can only be read for one request");
        using var document = JsonDocument.Parse(request);
        var root = document.RootElement;
        var function = ServerFunctions.Find(root.GetProperty("fn").GetString() ?? "", context.Parent.Router);
        var session = new ClusterSession(context);
        IReadOnlyList<string> answers;
        try
        {
            answers = await function.InvokeAsync(root.GetProperty("args"), session, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or NullReferenceException or FormatException)
        {
            // An argument that nobody has thought of fails the call, not the session.
            throw new PgException(SqlState.InternalError, $"the function failed in the router: {e.Message}", inner: e);
        }


        var columns = statement.Tree.SelectStmt.TargetList.Select(t => t.ResTarget.Val?.ColumnRef?.Fields[^1].String?.Sval).ToArray();
        using var rows = new OutputBuffer();
        for (var i = 0; i < answers.Count; i++)
        {
            var number = i;
            BackendMessages.TextRow(rows, [.. columns.Select(c => c switch
            {
                "seq" => number.ToString(),
                "request" => request,
                "response" => answers[number],
                _ => null,
            })]);
            if (rows.Length > 256 * 1024)
            {
                await sink.WriteAsync(rows.Written, cancellation).ConfigureAwait(false);
                rows.Clear();
            }
        }

        await sink.WriteAsync(rows.Written, cancellation).ConfigureAwait(false);
        return $"SELECT {answers.Count}";
    }

    /// <summary>The function that a statement calls, and its arguments; null for a statement that calls none.</summary>
    public static (string Function, JsonElement Arguments)? CallIn(ParsedStatement statement, ParameterSet parameters)
    {
        if (RelationReferences.Collect(statement.Tree) is not [{ Schema: LoopbackQueries.Schema, Name: Name }] || Find(statement, parameters) is not { } request)
            return null;
        using var document = JsonDocument.Parse(request);
        return (document.RootElement.GetProperty("fn").GetString() ?? "", document.RootElement.GetProperty("args").Clone());
    }

    /// <summary>The value that the column request is compared with.</summary>
    private static string? Find(ParsedStatement statement, ParameterSet parameters)
    {
        string? found = null;
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is A_Expr { Lexpr.ColumnRef: { } column } comparison && column.Fields[^1].String?.Sval == "request")
                found = Value(comparison.Rexpr, parameters);
            return true;
        });
        return found;
    }

    private static string? Value(Node? node, ParameterSet parameters) => node?.NodeCase switch
    {
        Node.NodeOneofCase.TypeCast => Value(node.TypeCast.Arg, parameters),
        Node.NodeOneofCase.AConst => node.AConst.Sval?.Sval,
        Node.NodeOneofCase.ParamRef when parameters.Value(node.ParamRef.Number) is { } value => Encoding.UTF8.GetString(value.Span),
        _ => null,
    };
}
