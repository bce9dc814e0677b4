using System.Text;
using Tangelo.Execution.Parameters;

namespace Tangelo.Execution.Tests;

public sealed class Parameters_of_arrays
{
    [Theory]
    [InlineData("{}", "")]
    [InlineData(" { } ", "")]
    [InlineData("{1,2,-3}", "1|2|-3")]
    [InlineData("{1, NULL , null,2}", "1|2")]
    [InlineData("{\"NULL\",\"\",a b}", "NULL||a b")]
    [InlineData("{\"a, \\\"b\\\" \\\\\" , c}", "a, \"b\" \\|c")]
    public void Elements_of_texts_are_read(string array, string elements)
    {
        Assert.True(ArrayElements.TryRead(Encoding.UTF8.GetBytes(array), binary: false, out var found));
        Assert.Equal(elements, string.Join('|', found.Select(e => Encoding.UTF8.GetString(e.Span))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,2")]
    [InlineData("{1,2")]
    [InlineData("{1,}")]
    [InlineData("{,}")]
    [InlineData("{{1},{2}}")]
    [InlineData("[0:1]={1,2}")]
    [InlineData("{\"a\"b}")]
    [InlineData("{\"a}")]
    [InlineData("{a\\b}")]
    public void What_is_not_certain_is_left_to_PostgreSQL(string array) =>
        Assert.False(ArrayElements.TryRead(Encoding.UTF8.GetBytes(array), binary: false, out _));

    [Fact]
    public void Elements_of_binary_arrays_are_read_without_NULLs()
    {
        byte[] array = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7, 255, 255, 255, 255];
        Assert.True(ArrayElements.TryRead(array, binary: true, out var found));
        Assert.Equal([0, 0, 0, 7], Assert.Single(found).ToArray());
        Assert.False(ArrayElements.TryRead(array.AsMemory(0, 27), binary: true, out _));
        Assert.False(ArrayElements.TryRead(array.AsMemory(0, 10), binary: true, out _));
    }
}
