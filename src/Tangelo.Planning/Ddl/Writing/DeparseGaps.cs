using PgQuery;
using Tangelo.Catalog;
using Tangelo.Planning.Texts;
using Tangelo.Sql.Deparsing;

namespace Tangelo.Planning.Ddl.Writing;

/// <summary>
/// Writes what libpg_query leaves out of ALTER TABLE and CREATE INDEX. The piece is replaced by an identifier in a copy of the tree,
/// and the identifier by the right text afterwards. The caller compares the result with the tree.
/// </summary>
internal sealed class DeparseGaps
{
    private readonly List<(string Written, string Text)> _replacements = [];

    public string Write(Node statement)
    {
        var copy = statement.Clone();
        foreach (var element in SyntaxNodes.All<IndexElem>(copy))
            FixCast(element);
        foreach (var index in SyntaxNodes.All<IndexStmt>(copy))
            FixName(index);
        foreach (var command in SyntaxNodes.All<AlterTableCmd>(copy))
            FixTriggers(command);
        foreach (var column in SyntaxNodes.All<ColumnDef>(copy))
            FixType(column);
        foreach (var constraint in SyntaxNodes.All<Constraint>(copy))
            FixKey(constraint);

        var sql = Deparser.Deparse(copy);
        foreach (var (written, text) in _replacements)
            sql = sql.Replace(written, text, StringComparison.Ordinal);
        return sql;
    }

    // A cast that is an index column comes without the parentheses it needs.
    private void FixCast(IndexElem element)
    {
        if (element.Expr is null)
            return;
        element.Name = Mark(m => m, $"({Deparser.DeparseExpression(element.Expr)})");
        element.Expr = null;
    }

    // An index's name comes without quotes.
    private void FixName(IndexStmt index)
    {
        if (index.Idxname.Length > 0 && !ShardNameMarks.IsMark(index.Idxname) && ShardNames.Quote(index.Idxname) != index.Idxname)
            index.Idxname = Mark(m => m, ShardNames.Quote(index.Idxname));
    }

    private void FixTriggers(AlterTableCmd command)
    {
        var (subtype, word) = command.Subtype switch
        {
            AlterTableType.AtEnableTrigAll => (AlterTableType.AtEnableTrig, "ALL"),
            AlterTableType.AtEnableTrigUser => (AlterTableType.AtEnableTrig, "USER"),
            AlterTableType.AtDisableTrigAll => (AlterTableType.AtDisableTrig, "ALL"),
            AlterTableType.AtDisableTrigUser => (AlterTableType.AtDisableTrig, "USER"),
            _ => (command.Subtype, ""),
        };
        if (word.Length == 0)
            return;
        command.Subtype = subtype;
        command.Name = Mark(m => m, word);
    }

    private void FixType(ColumnDef column)
    {
        // ALTER COLUMN TYPE has no column name here; its collation would come after USING.
        var collation = column.Colname.Length == 0 ? column.CollClause : null;
        if (column.TypeName is null || (column.Compression.Length == 0 && collation is null))
            return;

        var text = Type(column.TypeName);
        if (column.Compression.Length > 0)
            text += " COMPRESSION " + (column.Compression == "default" ? "DEFAULT" : ShardNames.Quote(column.Compression));
        if (collation is not null)
            text += " COLLATE " + string.Join('.', SyntaxNodes.Strings(collation.Collname).Select(ShardNames.Quote));

        var type = new TypeName { Typemod = -1 };
        type.Names.Add(SyntaxNodes.String(Mark(m => m, text)));
        column.TypeName = type;
        column.Compression = "";
        column.CollClause = collation is null ? column.CollClause : null;
    }

    private void FixKey(Constraint constraint)
    {
        if (constraint.Options.Count > 0 || (constraint.Indexspace.Length > 0 && constraint.WhereClause is not null))
        {
            // The order is WITH, USING INDEX TABLESPACE, WHERE.
            var text = new List<string>();
            if (constraint.Options.Count > 0)
                text.Add($"WITH ({string.Join(", ", constraint.Options.Select(o => Option(o.DefElem)))})");
            if (constraint.Indexspace.Length > 0)
                text.Add($"USING INDEX TABLESPACE {ShardNames.Quote(constraint.Indexspace)}");
            if (constraint.WhereClause is not null)
                text.Add($"WHERE ({Deparser.DeparseExpression(constraint.WhereClause)})");
            constraint.Indexspace = Mark(m => $"USING INDEX TABLESPACE {m}", string.Join(' ', text));
            constraint.Options.Clear();
            constraint.WhereClause = null;
        }

        if (constraint.NullsNotDistinct && constraint.Conname.Length > 0)
        {
            var name = ShardNameMarks.IsMark(constraint.Conname) ? constraint.Conname : ShardNames.Quote(constraint.Conname);
            constraint.Conname = Mark(m => $"{m} UNIQUE", $"{name} UNIQUE NULLS NOT DISTINCT");
        }
        else if (!ShardNameMarks.IsMark(constraint.Conname) && ShardNames.Quote(constraint.Conname) != constraint.Conname && constraint.Conname.Length > 0)
        {
            // A constraint's name comes without quotes.
            constraint.Conname = Mark(m => m, ShardNames.Quote(constraint.Conname));
        }
    }

    private static string Type(TypeName type)
    {
        const string cast = "NULL::";
        var value = new Node { TypeCast = new TypeCast { Arg = new Node { AConst = new A_Const { Isnull = true } }, TypeName = type } };
        return Deparser.DeparseExpression(value)[cast.Length..];
    }

    private static string Option(DefElem option)
    {
        var name = (option.Defnamespace.Length > 0 ? ShardNames.Quote(option.Defnamespace) + "." : "") + ShardNames.Quote(option.Defname);
        return option.Arg?.NodeCase switch
        {
            null => name,
            Node.NodeOneofCase.Integer => $"{name} = {option.Arg.Integer.Ival}",
            Node.NodeOneofCase.Float => $"{name} = {option.Arg.Float.Fval}",
            Node.NodeOneofCase.TypeName => $"{name} = {Type(option.Arg.TypeName)}",
            _ => $"{name} = {ShardNames.Literal(option.Arg.String?.Sval ?? "")}",
        };
    }

    private string Mark(Func<string, string> written, string text)
    {
        var mark = $"tangelo_gap{_replacements.Count}_";
        _replacements.Add((written(mark), text));
        return mark;
    }
}
