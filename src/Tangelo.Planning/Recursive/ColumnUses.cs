using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// Which columns of a table the statement may name. It goes by names and does not care where they stand: a column too many costs little.
/// </summary>
internal sealed class ColumnUses
{
    private readonly StatementModel _model;
    private readonly HashSet<(string Qualifier, string Name)> _names = [];
    private readonly HashSet<string> _starred = [];
    private readonly HashSet<QueryBlock> _bareStars = [];
    private readonly HashSet<string> _entries;
    private readonly bool _everything;
    private readonly bool _oddStars;

    internal ColumnUses(StatementModel model)
    {
        _model = model;
        _entries = [.. model.Blocks.SelectMany(b => b.Entries).Select(e => e.Name)];
        var targets = new HashSet<ColumnRef>(ReferenceEqualityComparer.Instance);
        foreach (var block in model.Blocks)
        {
            foreach (var star in block.Select.TargetList.Where(Syntax.IsStar).Select(t => t.ResTarget.Val.ColumnRef))
            {
                targets.Add(star);
                if (star.Fields.Count == 1)
                    _bareStars.Add(block);
                else
                    _starred.Add(star.Fields[^2].String.Sval);
            }
        }

        foreach (var message in model.Blocks.Count == 0 ? [] : Messages(model.Blocks[0].Select))
        {
            switch (message)
            {
                case ColumnRef reference when targets.Contains(reference):
                    break;
                case ColumnRef reference when reference.Fields.Any(f => f.NodeCase != Node.NodeOneofCase.String):
                    _oddStars = true;
                    break;
                case ColumnRef reference:
                    _names.Add((reference.Fields.Count > 1 ? reference.Fields[^2].String.Sval : "", reference.Fields[^1].String.Sval));
                    break;
                case JoinExpr join:
                    // Names given by position, too, count all columns.
                    _everything |= join.IsNatural || join.Alias is { Colnames.Count: > 0 };
                    foreach (var name in join.UsingClause)
                        _names.Add(("", name.String.Sval));
                    break;
            }
        }
    }

    /// <summary>Says of the uses that cannot be replaced by their rows why that is.</summary>
    internal void Mark()
    {
        foreach (var use in _model.Uses)
        {
            use.WhyFixed ??= _oddStars || _names.Contains(("", use.Name)) ? "a whole row is used"
                : LocalRelations.Is(use.Table) && Of(use).Any(c => !LocalRelations.IsSteady(c.Type)) ? "a column's values depend on the settings of the session"
                : _names.Any(n => n.Name == "xmin" && MayBeName(n.Qualifier, use)) ? "the versions of its rows are read"
                : Of(use).Any(c => c.Collation is not null) ? "a column has a collation of its own"
                : null;
        }
    }

    /// <summary>The columns of a table that may be named, in the table's order.</summary>
    internal List<TableColumn> Of(TableUse use)
    {
        if (_everything || _bareStars.Contains(use.Block) || _starred.Any(s => s == use.Name || !_entries.Contains(s)))
            return [.. use.Table.Columns];
        return [.. use.Table.Columns.Where(c => _names.Any(n => n.Name == c.Name && (MayBeName(n.Qualifier, use) || JoinAliases.Contains(n.Qualifier))))];
    }

    private bool MayBeName(string qualifier, TableUse use) => qualifier.Length == 0 || qualifier == use.Name || !_entries.Contains(qualifier);

    private HashSet<string> JoinAliases => field ??= [.. _model.Blocks.SelectMany(b => b.Entries).Where(e => e.Table is null).Select(e => e.Name)];

    private static List<Google.Protobuf.IMessage> Messages(SelectStmt select)
    {
        var all = new List<Google.Protobuf.IMessage>();
        TreeWalker.Visit(new Node { SelectStmt = select }, m =>
        {
            all.Add(m);
            return true;
        });
        return all;
    }
}
