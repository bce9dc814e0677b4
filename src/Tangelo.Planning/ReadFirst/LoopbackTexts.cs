using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.ReadFirst;

/// <summary>Texts for the coordinator that name tables as the client does, and read intermediate results.</summary>
internal static partial class LoopbackTexts
{
    private const string ResultPrefix = "tangelo_result_";

    /// <summary>The text of a tree in which results have their own names; null when it cannot be written.</summary>
    internal static ShardQuery? Of(Node tree) => Deparser.TryDeparseFaithfully(tree, out var sql) ? Of(sql) : null;

    /// <summary>The same for a text.</summary>
    internal static ShardQuery Of(string sql) => new(Split(sql));

    /// <summary>True when a name in the client's own text could be taken for that of a result.</summary>
    internal static bool MayHoldNames(string sql) => sql.Contains(ResultPrefix, StringComparison.Ordinal);

    /// <summary>What a statement is, for its command tag.</summary>
    internal static StatementKind KindOf(Node tree) => tree.NodeCase switch
    {
        Node.NodeOneofCase.InsertStmt => StatementKind.Insert,
        Node.NodeOneofCase.UpdateStmt => StatementKind.Update,
        Node.NodeOneofCase.DeleteStmt => StatementKind.Delete,
        _ when AroundQuery.Is(tree) => StatementKind.Other,
        _ => StatementKind.Select,
    };

    private static IEnumerable<ShardQueryPart> Split(string sql)
    {
        var start = 0;
        foreach (Match match in ResultName().Matches(sql))
        {
            yield return new TextPart(sql[start..match.Index]);
            yield return new IntermediatePart(int.Parse(match.Groups[1].Value));
            start = match.Index + match.Length;
        }

        yield return new TextPart(sql[start..]);
    }

    [GeneratedRegex(@"\b" + ResultPrefix + @"([0-9]+)\b(?= )", RegexOptions.CultureInvariant)]
    private static partial Regex ResultName();
}
