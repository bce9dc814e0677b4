namespace Tangelo.Compat.Tests.Comparison;

/// <summary>One way in which the cluster's answer is not the plain server's.</summary>
internal sealed record Difference(string Aspect, string Expected, string Actual)
{
    public override string ToString() => $"{Aspect}: expected {Expected}\n      got {Actual}";
}
