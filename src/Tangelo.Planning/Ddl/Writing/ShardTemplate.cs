using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Texts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Writing;

/// <summary>
/// Turns a syntax tree into a <see cref="ShardQuery"/>. Names that differ from shard to shard are put into the tree as marks,
/// and the deparsed text is then cut at them.
/// </summary>
internal sealed class ShardTemplate(string statement)
{
    private readonly ShardNameMarks _marks = new(statement);

    /// <summary>A mark for the name alone.</summary>
    public string Bare(DistributedTable table, string name) => _marks.Bare(table, name);

    /// <summary>A mark for the name with the table's schema before it.</summary>
    public string Qualified(DistributedTable table, string name) => _marks.Qualified(table, name);

    /// <summary>Makes <paramref name="relation"/> name the shard.</summary>
    public void Put(RangeVar relation, DistributedTable table) => Put(relation, table, table.Name);

    /// <summary>Makes <paramref name="relation"/> name something of the shard's: an index.</summary>
    public void Put(RangeVar relation, DistributedTable table, string name)
    {
        relation.Catalogname = "";
        relation.Schemaname = "";
        relation.Relname = Qualified(table, name);
    }

    /// <summary>The text with its holes.</summary>
    /// <exception cref="Core.PgException">The statement cannot be written down again exactly.</exception>
    public ShardQuery Build(Node statement) => Cut(DdlText.Write(statement));

    /// <summary>The same for a text written by hand around marks.</summary>
    public ShardQuery Cut(string text) => _marks.Cut(text);
}
