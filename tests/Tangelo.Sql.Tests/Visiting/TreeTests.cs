using PgQuery;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Sql.Tests.Visiting;

public sealed class TreeTests
{
    [Fact]
    public void The_walker_unwraps_nodes_and_skips_what_it_is_told_to()
    {
        var tree = Statements.One("INSERT INTO t SELECT f(a, 1) FROM u WHERE b IN (SELECT c FROM v)").Tree;
        var seen = new List<string>();
        TreeWalker.Visit(tree, message =>
        {
            seen.Add(message.Descriptor.Name);
            return message is not SubLink;
        });
        Assert.DoesNotContain("Node", seen);
        Assert.Equal(2, seen.Count(s => s == "RangeVar"));
        Assert.Contains("FuncCall", seen);
        Assert.Contains("A_Const", seen);
        Assert.Contains("SubLink", seen);
        Assert.True(TreeWalker.Any(tree, m => m is RangeVar { Relname: "v" }));
        Assert.False(TreeWalker.Any(tree, m => m is ParamRef));
    }

    [Fact]
    public void The_rewriter_copies_and_replaces_also_bare_messages()
    {
        var tree = Statements.One("INSERT INTO t SELECT a, 1 FROM t").Tree;
        var changed = TreeRewriter.Rewrite(tree, node => node.NodeCase switch
        {
            Node.NodeOneofCase.RangeVar => new Node { RangeVar = new RangeVar(node.RangeVar) { Relname = "t_1" } },
            Node.NodeOneofCase.AConst => new Node { ParamRef = new ParamRef { Number = 1 } },
            _ => null,
        });
        Assert.Equal("INSERT INTO t_1 SELECT a, $1 FROM t_1", Deparser.Deparse(changed));
        Assert.Equal("INSERT INTO t SELECT a, 1 FROM t", Deparser.Deparse(tree));
    }

    [Fact]
    public void A_bare_message_cannot_become_another_kind()
    {
        var tree = Statements.One("DELETE FROM t").Tree;
        Assert.Throws<InvalidOperationException>(() => TreeRewriter.Rewrite(tree, node => node.RangeVar is null ? null : new Node { List = new List() }));
    }

    [Fact]
    public void Trees_are_compared_without_their_locations()
    {
        var first = Statements.One("SELECT a FROM t WHERE b = 1").Tree;
        var second = Statements.One("select  a\nFROM t where b=1").Tree;
        Assert.NotEqual(first, second);
        Assert.True(TreeLocations.EqualWithout(first, second));
        Assert.False(TreeLocations.EqualWithout(first, Statements.One("SELECT a FROM t WHERE b = 2").Tree));
    }
}
