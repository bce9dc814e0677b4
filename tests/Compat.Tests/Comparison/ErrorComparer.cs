using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Comparison;

/// <summary>Compares two errors field by field; context, file and line are the server's own business.</summary>
internal static class ErrorComparer
{
    private static readonly (char Field, string Aspect)[] Fields =
    [
        ('C', Aspect.SqlState), ('M', Aspect.Message), ('V', Aspect.Severity), ('D', Aspect.Detail), ('H', Aspect.Hint),
        ('P', Aspect.Position), ('s', Aspect.ErrorObjects), ('t', Aspect.ErrorObjects), ('c', Aspect.ErrorObjects),
        ('d', Aspect.ErrorObjects), ('n', Aspect.ErrorObjects),
    ];

    public static void Compare(WireNotice expected, WireNotice actual, List<Difference> found)
    {
        foreach (var (field, aspect) in Fields)
        {
            if (expected[field] == actual[field])
                continue;
            found.Add(new Difference(aspect, expected.ToString(), actual.ToString()));
            // One field is enough when the error is another one altogether.
            if (aspect is Aspect.SqlState)
                return;
        }
    }
}
