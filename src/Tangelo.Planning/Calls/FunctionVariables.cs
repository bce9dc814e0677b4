using System.Collections.Immutable;
using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Combine;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Calls;

/// <summary>A function's arguments and variables, as parameters of the statements in its body.</summary>
internal sealed class FunctionVariables
{
    private readonly string _function;
    private readonly Dictionary<string, int> _numbers = [];

    /// <param name="function">The function's name, which may stand before that of an argument.</param>
    /// <param name="arguments">The names of those that $1, $2, ... are, "" for one without.</param>
    /// <param name="types">Their types, 0 where it is not known.</param>
    /// <param name="further">The names of other variables.</param>
    internal FunctionVariables(string function, IReadOnlyList<string> arguments, IReadOnlyList<Oid> types, IEnumerable<string> further)
    {
        _function = function;
        foreach (var name in arguments.Concat(further.Except(arguments)))
        {
            if (name.Length > 0)
                _numbers.TryAdd(name, Types.Length + 1);
            Types = Types.Add(Types.Length < types.Count ? types[Types.Length] : new Oid(0));
        }
    }

    /// <summary>Types of the parameters.</summary>
    internal ImmutableArray<Oid> Types { get; private set; } = [];

    /// <summary>The statement with parameters in place of variables; null when a name may mean a column as well.</summary>
    /// <param name="statement">Of the body.</param>
    /// <param name="columnsOf">The columns of a table that it names.</param>
    internal Node? Replace(ParsedStatement statement, Func<RelationReference, IEnumerable<string>> columnsOf)
    {
        var columns = VisibleNames(statement.Tree, columnsOf);
        var isClear = true;
        var replaced = TreeRewriter.Rewrite(statement.Tree, node =>
        {
            if (node.NodeCase != Node.NodeOneofCase.ColumnRef || node.ColumnRef.Fields is not [{ NodeCase: Node.NodeOneofCase.String } first, ..] fields)
                return null;
            var name = first.String.Sval;
            if (fields.Count > 1 && columns.Contains(name))
                return null;
            if (fields.Count > 1 && name == _function && fields[1].NodeCase == Node.NodeOneofCase.String && _numbers.TryGetValue(fields[1].String.Sval, out var qualified))
                return Trees.Parameter(qualified);
            if (!_numbers.TryGetValue(name, out var number))
                return null;
            isClear &= !columns.Contains(name);
            return Trees.Parameter(number);
        });
        return isClear ? replaced : null;
    }

    // Everything that a name in the statement may mean but a variable. Some of it is not in scope everywhere.
    private static HashSet<string> VisibleNames(Node statement, Func<RelationReference, IEnumerable<string>> columnsOf)
    {
        var names = new HashSet<string>();
        foreach (var reference in RelationReferences.Collect(statement))
        {
            names.Add(reference.Range.NameInQuery());

            // The rows of VALUES see nothing of the table they go to.
            if (reference.Place != RelationPlace.InsertTarget || !ReferenceEquals(statement.InsertStmt?.Relation, reference.Range)
                || statement.InsertStmt is { OnConflictClause: not null } or { ReturningList.Count: > 0 })
                names.UnionWith(columnsOf(reference));
        }

        var outermost = statement.SelectStmt?.TargetList;
        TreeWalker.Visit(statement, message =>
        {
            switch (message)
            {
                case Alias alias:
                    names.Add(alias.Aliasname);
                    names.UnionWith(Strings(alias.Colnames));
                    break;
                case CommonTableExpr table:
                    names.Add(table.Ctename);
                    names.UnionWith(Strings(table.Aliascolnames));
                    break;
                case SelectStmt select when !ReferenceEquals(select.TargetList, outermost):
                    names.UnionWith(select.TargetList.Select(t => t.ResTarget?.Name ?? ""));
                    break;
                case ColumnDef column:
                    names.Add(column.Colname);
                    break;
                case RangeFunction function:
                    names.UnionWith(function.Functions.SelectMany(f => f.List?.Items.AsEnumerable() ?? []).Where(f => f.FuncCall is not null).Select(f => f.FuncCall.Funcname[^1].String.Sval));
                    break;
            }

            return true;
        });
        names.Remove("");
        return names;
    }

    private static IEnumerable<string> Strings(IEnumerable<Node> nodes) => nodes.Where(n => n.NodeCase == Node.NodeOneofCase.String).Select(n => n.String.Sval);
}
