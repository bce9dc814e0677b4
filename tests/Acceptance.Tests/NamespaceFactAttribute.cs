using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>A test of partitioned networks, which makes network namespaces.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    public NamespaceFactAttribute()
    {
        if (!NetworkNamespace.IsPossible)
            Skip = "Network namespaces need root and the program ip (iproute2).";
    }
}
