using System.Collections.Frozen;
using Tangelo.Core;

namespace Tangelo.Catalog.Model;

/// <summary>The views that read distributed tables, directly or through other views. Immutable.</summary>
public sealed class DistributedViews
{
    private readonly FrozenSet<Oid> _oids;
    private readonly FrozenSet<string> _names;

    public DistributedViews(IEnumerable<(Oid Oid, string Name)> views)
    {
        var all = views.ToList();
        _oids = all.Select(v => v.Oid).ToFrozenSet();
        _names = all.Select(v => v.Name).ToFrozenSet();
    }

    /// <summary>No view.</summary>
    public static DistributedViews None { get; } = new([]);

    /// <summary>True for one of the views.</summary>
    public bool Contains(Oid view) => _oids.Contains(view);

    /// <summary>True when one of the views, in any schema, is called so.</summary>
    public bool MayBeOne(string name) => _names.Contains(name);
}
