using System.Collections.Frozen;

namespace Tangelo.Catalog;

/// <summary>
/// The functions of pg_catalog by name, read once from the coordinator. A function that is not here is the user's, and need
/// not exist on the workers.
/// </summary>
public sealed class FunctionCatalog(IEnumerable<FunctionFacts> functions)
{
    private readonly FrozenDictionary<string, FunctionFacts> _byName =
        functions.GroupBy(f => f.Name).ToFrozenDictionary(g => g.Key, g => g.Aggregate((a, b) => a.Or(b)));

    /// <summary>What the overloads of <paramref name="name"/> have in common, or null for a function of the user's.</summary>
    public FunctionFacts? Find(string name) => _byName.GetValueOrDefault(name);
}

/// <summary>
/// The worst of all overloads: <paramref name="Volatility"/> is pg_proc.provolatile ('i', 's', 'v'); the others tell
/// whether any overload is an aggregate, a window function, or returns a set.
/// </summary>
public sealed record FunctionFacts(string Name, char Volatility, bool IsAggregate, bool IsWindow, bool ReturnsSet)
{
    internal FunctionFacts Or(FunctionFacts other) => new(
        Name,
        Volatility == 'v' || other.Volatility == 'v' ? 'v' : Volatility == 's' || other.Volatility == 's' ? 's' : 'i',
        IsAggregate || other.IsAggregate,
        IsWindow || other.IsWindow,
        ReturnsSet || other.ReturnsSet);
}
