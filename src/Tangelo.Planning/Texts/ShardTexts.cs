using System.Diagnostics.CodeAnalysis;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Texts;

/// <summary>Turns statements into texts with holes where the names of shards go.</summary>
internal sealed class ShardTexts(PlanRequest request)
{
    /// <summary>
    /// The text of <paramref name="statement"/> with every distributed and reference table replaced by its shard, which keeps the table's name as its
    /// alias. False when libpg_query cannot write the tree faithfully.
    /// </summary>
    internal bool TryDeparse(Node statement, [NotNullWhen(true)] out ShardQuery? query)
    {
        query = null;
        var copy = statement.Clone();
        var marks = new ShardNameMarks(request.Statement.Sql);
        var references = RelationReferences.Collect(copy);
        if (references.Where(r => r.Range.Alias is null).GroupBy(r => r.Name).Any(g => g.Select(r => r.Schema).Distinct().Count() > 1))
            return false;
        foreach (var reference in references)
        {
            if (TableOf(reference) is not { } table)
                return false;
            if (reference.Place == RelationPlace.InsertTarget)
                MarkConstraint(copy, reference.Range, table, marks);
            var range = reference.Range;
            if (range.Alias is null && reference.Place != RelationPlace.Utility)
                range.Alias = new Alias { Aliasname = range.Relname };
            range.Catalogname = "";
            range.Schemaname = "";
            range.Relname = marks.Qualified(table, table.Name);
            range.Inh |= table.Shards.IsEmpty;
        }

        ShortenColumns(copy);
        if (!Deparser.TryDeparseFaithfully(copy, out var text))
            return false;
        query = marks.Cut(text);
        return true;
    }

    /// <summary>The statement's own text with the names of tables replaced; a rewritten one where that cannot be done.</summary>
    internal bool TryOfStatement([NotNullWhen(true)] out ShardQuery? query)
    {
        query = null;
        var marks = new ShardNameMarks(request.Statement.Sql);
        var isComplete = true;
        var spliced = NamesConstraint(request.Statement.Tree) || ReadsNothing(request.Statement.Tree) ? null : RelationSplicer.Splice(request.Statement, reference =>
        {
            if (TableOf(reference) is not { } table)
            {
                isComplete = false;
                return null;
            }

            return marks.Qualified(table, table.Name);
        });
        if (spliced is null)
            return TryDeparse(request.Statement.Tree, out query);
        if (!isComplete)
            return false;
        query = marks.Cut(spliced.Sql);
        return true;
    }

    // What stands for a table without shards is a subquery, which cannot stand everywhere where a name can.
    private bool ReadsNothing(Node statement) => RelationReferences.Collect(statement).Any(r => TableOf(r) is { Shards.IsEmpty: true });

    // The constraint of a shard has the shard's number in its name.
    private static bool NamesConstraint(Node statement) =>
        TreeWalker.Any(statement, message => message is InferClause { Conname.Length: > 0 });

    /// <summary>The table that a name means, or null when it is not a distributed or reference one.</summary>
    internal DistributedTable? TableOf(RelationReference reference) =>
        request.Relations.TryGetValue(new RelationName(reference.Schema, reference.Name), out var resolved)
            ? request.Map.Find(resolved.Oid)
            : null;

    private static void MarkConstraint(Node statement, RangeVar target, DistributedTable table, ShardNameMarks marks)
    {
        TreeWalker.Visit(statement, message =>
        {
            if (message is InsertStmt insert && ReferenceEquals(insert.Relation, target)
                && insert.OnConflictClause?.Infer is { Conname.Length: > 0 } infer)
                infer.Conname = marks.Bare(table, infer.Conname);

            return true;
        });
    }

    // schema.table.column: the shard has only the alias.
    private static void ShortenColumns(Node statement) => TreeWalker.Visit(statement, message =>
    {
        if (message is ColumnRef { Fields.Count: 3 } column)
            column.Fields.RemoveAt(0);
        return true;
    });
}
