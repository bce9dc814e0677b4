using System.Runtime.InteropServices;
using Google.Protobuf;
using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Sql.Deparsing;

/// <summary>SQL text from a syntax tree, by libpg_query.</summary>
public static class Deparser
{
    private const string SelectPrefix = "SELECT ";

    private const string NameEnd = "\u0001";

    // The version of the grammar that libpg_query expects in a tree.
    private const int GrammarVersion = 150001;

    /// <summary>The text of one statement, without a semicolon. It may differ from the tree where libpg_query errs.</summary>
    /// <exception cref="PgException">The tree has something that libpg_query cannot write.</exception>
    public static string Deparse(Node statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return TreeWalker.Any(statement, IsRunTogether) ? DeparseTree(WithQuotedNames(statement)).Replace(NameEnd + "\"", "\" ", StringComparison.Ordinal) : DeparseTree(statement);
    }

    // libpg_query writes no space between FOR UPDATE OF name and SKIP LOCKED. After a name in quotes none is needed, and one more character makes it quote any name.
    private static Node WithQuotedNames(Node statement)
    {
        var copy = statement.Clone();
        TreeWalker.Visit(copy, message =>
        {
            if (IsRunTogether(message))
                ((LockingClause)message).LockedRels[^1].RangeVar.Relname += NameEnd;
            return true;
        });
        return copy;
    }

    private static bool IsRunTogether(IMessage message) =>
        message is LockingClause { LockedRels.Count: > 0, WaitPolicy: LockWaitPolicy.LockWaitSkip or LockWaitPolicy.LockWaitError };

    private static unsafe string DeparseTree(Node statement)
    {
        var tree = new ParseResult { Version = GrammarVersion };
        tree.Stmts.Add(new RawStmt { Stmt = statement });
        var bytes = tree.ToByteArray();
        fixed (byte* data = bytes)
        {
            var result = NativeMethods.pg_query_deparse_protobuf(new() { Data = data, Length = (nuint)bytes.Length });
            try
            {
                if (result.Error != null)
                    throw new PgException(SqlState.InternalError, Marshal.PtrToStringUTF8((nint)result.Error->Message) ?? "could not deparse");
                return Marshal.PtrToStringUTF8((nint)result.Query) ?? "";
            }
            finally
            {
                NativeMethods.pg_query_free_deparse_result(result);
            }
        }
    }

    /// <summary>The text of one expression.</summary>
    /// <exception cref="PgException">The tree has something that libpg_query cannot write.</exception>
    public static string DeparseExpression(Node expression)
    {
        var select = new SelectStmt { LimitOption = LimitOption.Default, Op = SetOperation.SetopNone };
        select.TargetList.Add(new Node { ResTarget = new ResTarget { Val = expression } });
        return Deparse(new Node { SelectStmt = select })[SelectPrefix.Length..];
    }

    /// <summary>
    /// Deparses <paramref name="statement"/> and parses the result again. False when that does not give an equal tree (locations
    /// aside): then <paramref name="sql"/> must not be used.
    /// </summary>
    public static bool TryDeparseFaithfully(Node statement, out string sql)
    {
        ArgumentNullException.ThrowIfNull(statement);
        try
        {
            sql = Deparse(statement);
            var again = SqlParser.Parse(System.Text.Encoding.UTF8.GetBytes(sql));
            return again.Length == 1 && TreeLocations.EqualWithout(statement, again[0].Tree);
        }
        catch (PgException)
        {
            sql = "";
            return false;
        }
    }
}
