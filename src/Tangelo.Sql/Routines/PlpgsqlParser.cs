using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Tangelo.Sql.Lexing;
using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Routines;

/// <summary>
/// PostgreSQL's parser of PL/pgSQL, by libpg_query. It knows no types, and so refuses some functions that PostgreSQL takes
/// (assignments to fields of records, loops over several variables).
/// </summary>
public static class PlpgsqlParser
{
    private const string StatementPrefix = "PLpgSQL_stmt_";

    // The library's parser of PL/pgSQL has not been written for several threads.
    private static readonly Lock OneAtATime = new();

    /// <summary>The body of a CREATE FUNCTION or CREATE PROCEDURE; null when the parser cannot read it.</summary>
    public static PlpgsqlBody? Parse(string definition)
    {
        if (ParseToJson(definition) is not { } json)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement is { ValueKind: JsonValueKind.Array } functions && functions.GetArrayLength() == 1
                ? new Reading().Read(functions[0].GetProperty("PLpgSQL_function"))
                : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Not the form that this library is known to write.
            return null;
        }
    }

    private static unsafe string? ParseToJson(string definition)
    {
        lock (OneAtATime)
        {
            fixed (byte* input = Encoding.UTF8.GetBytes(definition + '\0'))
            {
                var result = NativeMethods.pg_query_parse_plpgsql(input);
                try
                {
                    return result.Error != null ? null : Marshal.PtrToStringUTF8((nint)result.Functions);
                }
                finally
                {
                    NativeMethods.pg_query_free_plpgsql_parse_result(result);
                }
            }
        }
    }

    private sealed class Reading
    {
        private readonly ImmutableArray<PlpgsqlQuery>.Builder _queries = ImmutableArray.CreateBuilder<PlpgsqlQuery>();
        private readonly HashSet<string> _statements = [];
        private readonly HashSet<int> _assigned = [];
        private bool _hasOddities;

        internal PlpgsqlBody Read(JsonElement function)
        {
            var variables = ImmutableArray.CreateBuilder<PlpgsqlVariable>();
            foreach (var datum in function.GetProperty("datums").EnumerateArray())
            {
                var content = datum.EnumerateObject().First().Value;
                variables.Add(new PlpgsqlVariable(
                    content.TryGetProperty("refname", out var name) ? name.GetString()! : "",
                    content.TryGetProperty("datatype", out var type) ? type.GetProperty("PLpgSQL_type").GetProperty("typname").GetString()! : "UNKNOWN"));
            }

            Visit(function, "PLpgSQL_function", "");
            return new PlpgsqlBody(variables.ToImmutable(), _queries.ToImmutable(), [.. _statements], [.. _assigned], _hasOddities);
        }

        private void Visit(JsonElement element, string node, string field)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                        Visit(item, node, field);
                    break;
                case JsonValueKind.Object:
                    foreach (var property in element.EnumerateObject())
                    {
                        if (property.Name == "PLpgSQL_expr")
                            Add(KindOf(node, field), property.Value.GetProperty("query").GetString()!);
                        else if (property.Name.StartsWith("PLpgSQL_", StringComparison.Ordinal))
                            Enter(property.Name, property.Value, field);
                        else
                            Visit(property.Value, node, property.Name);
                    }

                    break;
            }
        }

        private void Add(PlpgsqlQueryKind kind, string text)
        {
            var start = kind == PlpgsqlQueryKind.Assignment ? EndOfTarget(Encoding.UTF8.GetBytes(text)) : 0;
            _hasOddities |= start < 0;
            _queries.Add(new PlpgsqlQuery(kind, text, start));
        }

        // After := or = outside of subscripts.
        private static int EndOfTarget(ReadOnlySpan<byte> text)
        {
            var tokens = new Tokenizer(text);
            var depth = 0;
            while (tokens.Next())
            {
                var token = tokens.Token;
                if (token is [(byte)'[' or (byte)'('])
                    depth++;
                else if (token is [(byte)']' or (byte)')'])
                    depth--;
                else if (depth == 0 && (token.SequenceEqual(":="u8) || token.SequenceEqual("="u8)))
                    return tokens.End;
                else if (depth == 0 && token is [(byte)':'] && text[tokens.End..] is [(byte)'=', ..])
                    return tokens.End + 1;
            }

            return -1;
        }

        private void Enter(string node, JsonElement content, string field)
        {
            if (node.StartsWith(StatementPrefix, StringComparison.Ordinal))
                _statements.Add(node[StatementPrefix.Length..]);
            switch (node)
            {
                case "PLpgSQL_stmt_assign" or "PLpgSQL_stmt_foreach_a":
                    Assign(content, "varno");
                    break;
                case "PLpgSQL_row":
                    foreach (var target in content.GetProperty("fields").EnumerateArray())
                        Assign(target, "varno");
                    break;
                case "PLpgSQL_diag_item":
                    Assign(content, "target");
                    _hasOddities |= content.GetProperty("kind").GetString() != "ROW_COUNT";
                    break;
                case "PLpgSQL_stmt_return_query":
                    _hasOddities |= content.TryGetProperty("dynquery", out _);
                    break;
            }

            Visit(content, node, field);
        }

        // The parser leaves out zeros.
        private void Assign(JsonElement holder, string property) => _assigned.Add(holder.TryGetProperty(property, out var number) ? number.GetInt32() : 0);

        private static PlpgsqlQueryKind KindOf(string node, string field) => (node, field) switch
        {
            ("PLpgSQL_stmt_assign", _) => PlpgsqlQueryKind.Assignment,
            ("PLpgSQL_stmt_perform", _) => PlpgsqlQueryKind.Perform,
            ("PLpgSQL_stmt_execsql", _) or ("PLpgSQL_stmt_fors", "query") or ("PLpgSQL_stmt_return_query", "query") => PlpgsqlQueryKind.Statement,
            _ => PlpgsqlQueryKind.Expression,
        };
    }
}
