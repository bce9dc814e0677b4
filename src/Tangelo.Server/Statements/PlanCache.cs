using System.Collections.Concurrent;

namespace Tangelo.Server.Statements;

/// <summary>
/// Compiled statements by what they depend on. Keys hold the versions of map and schema, so a stale plan is never found; when
/// the cache is full it starts anew, which costs one round trip per statement.
/// </summary>
internal sealed class PlanCache
{
    private const int Capacity = 4096;

    private readonly ConcurrentDictionary<PlanKey, CompiledStatement> _plans = new();

    public CompiledStatement? Find(in PlanKey key) => _plans.GetValueOrDefault(key);

    public void Add(in PlanKey key, CompiledStatement statement)
    {
        if (_plans.Count >= Capacity)
            _plans.Clear();
        _plans[key] = statement;
    }
}

/// <summary>What a plan depends on.</summary>
/// <param name="Text">The statement's text, or the shape it was parameterised from.</param>
/// <param name="Types">Declared parameter types, as text.</param>
/// <param name="Names">Decides what names mean: the session's settings, or a session's own object once it has temporary objects.</param>
/// <param name="MapVersion">The map.</param>
/// <param name="SchemaVersion">The schema.</param>
internal readonly record struct PlanKey(string Text, string Types, object Names, string User, long MapVersion, long SchemaVersion);
