using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using PgQuery;
using Tangelo.Core;
using Node = PgQuery.Node;

namespace Tangelo.Sql.Parsing;

/// <summary>PostgreSQL's own grammar, by libpg_query.</summary>
public static class SqlParser
{
    /// <summary>
    /// Parses a script. The text ends at the first NUL byte, as it does for PostgreSQL. A script without statements gives an empty array.
    /// </summary>
    /// <exception cref="PgException">
    /// PostgreSQL's error for a text it would refuse; its position counts characters of <paramref name="utf8"/> from 1.
    /// </exception>
    public static ImmutableArray<ParsedStatement> Parse(ReadOnlySpan<byte> utf8)
    {
        var end = utf8.IndexOf((byte)0);
        if (end >= 0)
            utf8 = utf8[..end];
        Utf8Text.Verify(utf8);
        NestingBound.Verify(utf8);
        var parsed = ParseTree(utf8);
        var statements = parsed.Stmts;
        if (statements.Count == 0)
            return [];
        if (statements.Count == 1 && statements[0].StmtLocation == 0)
            return [new ParsedStatement(TextOf(utf8, statements[0]).ToArray(), statements[0].Stmt, 0)];

        // Locations count from the start of the script. Parsing each statement by itself makes them relative to its own text.
        var result = ImmutableArray.CreateBuilder<ParsedStatement>(statements.Count);
        foreach (var statement in statements)
        {
            var text = TextOf(utf8, statement);
            result.Add(new ParsedStatement(text.ToArray(), ParseTree(text).Stmts[0].Stmt, statement.StmtLocation));
        }

        return result.MoveToImmutable();
    }

    /// <summary>The statement of a text that is known to hold one.</summary>
    public static ParsedStatement ParseOne(string sql) => Parse(Encoding.UTF8.GetBytes(sql))[0];

    /// <summary>The syntax tree of one expression.</summary>
    public static Node ParseExpression(string sql) => ParseOne("SELECT " + sql).Tree.SelectStmt.TargetList[0].ResTarget.Val;

    private static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> script, RawStmt statement) =>
        statement.StmtLen == 0
            ? script[statement.StmtLocation..]
            : script.Slice(statement.StmtLocation, statement.StmtLen);

    private static unsafe ParseResult ParseTree(ReadOnlySpan<byte> utf8)
    {
        var rented = ArrayPool<byte>.Shared.Rent(utf8.Length + 1);
        try
        {
            utf8.CopyTo(rented);
            rented[utf8.Length] = 0;
            fixed (byte* input = rented)
            {
                var result = NativeMethods.pg_query_parse_protobuf(input);
                try
                {
                    if (result.Error != null)
                        throw ParserError.From(result.Error);
                    return ProtobufTrees.Read<ParseResult>(ParseResult.Parser, result.Buffer);
                }
                finally
                {
                    NativeMethods.pg_query_free_protobuf_parse_result(result);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
