using Tangelo.Regress.Comparing;

namespace Tangelo.Regress.Tests;

/// <summary>Which orders of the same rows are as good as each other.</summary>
public sealed class RowOrderTests
{
    private static readonly string[] Rows = [" a | b ", "---+---", " 1 | x", " 1 | y", " 2 | x", "(3 rows)"];
    private static readonly string[] TiesTurned = [" a | b ", "---+---", " 1 | y", " 1 | x", " 2 | x", "(3 rows)"];
    private static readonly string[] Unsorted = [" a | b ", "---+---", " 2 | x", " 1 | x", " 1 | y", "(3 rows)"];

    [Theory]
    [InlineData("SELECT * FROM t ORDER BY a;", true)]
    [InlineData("SELECT * FROM t ORDER BY t.a ASC NULLS LAST LIMIT 3;", true)]
    [InlineData("SELECT * FROM t ORDER BY 1;", true)]
    [InlineData("SELECT * FROM t ORDER BY a, b;", false)]
    [InlineData("SELECT * FROM t ORDER BY a + 0;", false)]
    [InlineData("SELECT * FROM t ORDER BY other;", false)]
    [InlineData("SELECT a, sum(b) OVER (ORDER BY a) FROM t;", true)]
    public void Rows_with_equal_keys_come_in_any_order(string statement, bool expected) =>
        Assert.Equal(expected, RowOrder.Allows(statement, Rows, TiesTurned));

    [Theory]
    [InlineData("SELECT * FROM t ORDER BY a;", false)]
    [InlineData("SELECT * FROM t -- ORDER BY a\n;", true)]
    [InlineData("SELECT * FROM (SELECT * FROM t ORDER BY a) s;", true)]
    [InlineData("SELECT 'ORDER BY' FROM t;", true)]
    public void Only_the_outermost_order_counts(string statement, bool expected) =>
        Assert.Equal(expected, RowOrder.Allows(statement, Rows, Unsorted));
}
