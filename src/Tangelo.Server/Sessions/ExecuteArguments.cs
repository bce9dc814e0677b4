using System.Collections.Immutable;
using System.Text;
using Google.Protobuf.Collections;
using PgQuery;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Server.Sessions;

/// <summary>The arguments of EXECUTE as values: literals as they are, everything else by the coordinator.</summary>
internal sealed class ExecuteArguments(SessionContext context)
{
    private const uint Bytea = 17;

    // int8, int2, int4, float4, float8, numeric: a number's text is the value that a cast gives.
    private static readonly HashSet<uint> Integers = [20, 21, 23, 700, 701, 1700];

    // text, varchar, unknown: they take anything.
    private static readonly HashSet<uint> Texts = [25, 1043, 705];

    /// <summary>The values, in text form; null when only PostgreSQL can say what is wrong with them.</summary>
    /// <param name="arguments">The expressions.</param>
    /// <param name="types">What the statement's parameters are.</param>
    /// <param name="text">The EXECUTE.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<ParameterSet?> EvaluateAsync(RepeatedField<Node> arguments, ImmutableArray<Oid> types, byte[] text, CancellationToken cancellation)
    {
        if (arguments.Count != types.Length || arguments.Any(a => TreeWalker.Any(a, m => m is SubLink)))
            return null;
        var values = new ReadOnlyMemory<byte>?[types.Length];
        var computed = new List<int>();
        for (var i = 0; i < values.Length; i++)
        {
            if (!TryRead(arguments[i], types[i], out values[i]))
                computed.Add(i);
        }

        if (computed.Count > 0 && !await ComputeAsync(arguments, types, values, computed, text, cancellation).ConfigureAwait(false))
            return null;
        return values.Length == 0 ? ParameterSet.None : ParameterSet.FromText(values);
    }

    private static bool TryRead(Node argument, Oid type, out ReadOnlyMemory<byte>? value)
    {
        value = null;
        switch (argument.AConst)
        {
            case { Isnull: true }:
                return true;
            case { ValCase: A_Const.ValOneofCase.Sval } literal when Texts.Contains(type.Value) || (Integers.Contains(type.Value) && int.TryParse(literal.Sval.Sval, out _)):
                value = Encoding.UTF8.GetBytes(literal.Sval.Sval);
                return true;
            case { ValCase: A_Const.ValOneofCase.Ival } number when Integers.Contains(type.Value):
                value = Encoding.UTF8.GetBytes(number.Ival.Ival.ToString(System.Globalization.CultureInfo.InvariantCulture));
                return true;
            default:
                return false;
        }
    }

    // PREPARE's parameters take what an assignment would; a cast alone would take more.
    private async ValueTask<bool> ComputeAsync(
        RepeatedField<Node> arguments, ImmutableArray<Oid> types, ReadOnlyMemory<byte>?[] values, List<int> computed, byte[] text, CancellationToken cancellation)
    {
        var items = new List<string>();
        foreach (var i in computed)
        {
            if (types[i].Value == Bytea)
                return false;
            // VALUES has no place for aggregates and sets either.
            items.Add($"a{i} (v) AS MATERIALIZED (VALUES ({Deparser.DeparseExpression(arguments[i])}))");
        }

        var names = string.Join(", ", types.Select(t => $"pg_catalog.format_type({t}, NULL)"));
        var typeNames = (await context.QueryLinkAsync($"SELECT {names}", cancellation).ConfigureAwait(false))[0];
        var columns = computed.Select(i => $"(SELECT v FROM a{i})::{typeNames[i]}::pg_catalog.text, {IsAssignable(i, types[i])}");
        List<string?[]> rows;
        try
        {
            rows = await context.QueryLinkAsync($"WITH {string.Join(", ", items)} SELECT {string.Join(", ", columns)}", cancellation).ConfigureAwait(false);
        }
        catch (PgException) when (context.Blocks.Phase == TransactionPhase.Idle && !context.LinkIsInBatch)
        {
            // EXECUTE itself fails in the same way, with the position in the client's text.
            return false;
        }
        catch (PgException e)
        {
            var message = OfArgument(e.Error.Message);
            throw new PgException(e.Error with { Message = message, Position = PositionOf(arguments, computed, text, isMisplaced: message != e.Error.Message) }, e);
        }

        for (var n = 0; n < computed.Count; n++)
        {
            if (rows[0][2 * n + 1] != "t")
                return false;
            values[computed[n]] = rows[0][2 * n] is { } value ? Encoding.UTF8.GetBytes(value) : null;
        }

        return true;
    }

    private static string OfArgument(string message) =>
        message.EndsWith(" are not allowed in VALUES", StringComparison.Ordinal) ? string.Concat(message.AsSpan(0, message.Length - "VALUES".Length), "EXECUTE parameters") : message;

    // A literal that its type refuses, and a call that has no place here, is where the error is.
    private static int? PositionOf(RepeatedField<Node> arguments, List<int> computed, byte[] text, bool isMisplaced) =>
        computed is [var only] && (arguments[only].AConst?.Location ?? (isMisplaced ? arguments[only].FuncCall?.Location : null)) is { } place && place >= 0 && place < text.Length
            ? Encoding.UTF8.GetCharCount(text.AsSpan(0, place)) + 1
            : null;

    private static string IsAssignable(int argument, Oid type) =>
        $"""
        (SELECT s.oid = t.oid OR t.typcategory = 'S' OR (s.oid = 705) OR EXISTS (
                SELECT FROM pg_catalog.pg_cast c WHERE c.castsource = s.oid AND c.casttarget = t.oid AND c.castcontext <> 'e')
         FROM pg_catalog.pg_type s, pg_catalog.pg_type t WHERE s.oid = (SELECT pg_catalog.pg_typeof(v) FROM a{argument}) AND t.oid = {type})
        """;
}
