using System.Collections.Immutable;
using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>Where the rows of a COPY carry their distribution key, and how far it can be hashed here.</summary>
internal sealed class CopyKey
{
    private const uint Varchar = 1043;
    private const uint Bpchar = 1042;
    private const int VarcharHeader = 4;

    private readonly IKeyHasher? _hasher;
    private readonly ShardBounds? _bounds;
    private readonly bool _binary;
    private readonly bool _asciiOnly;
    private readonly int _maxBytes = int.MaxValue;

    /// <param name="plan">The COPY.</param>
    /// <param name="keysComeAsStored">False when the data is in another encoding than the one keys are hashed in.</param>
    public CopyKey(CopyFromPlan plan, bool keysComeAsStored)
    {
        _asciiOnly = !keysComeAsStored;
        var column = plan.Table.Method is DistributionMethod.Hash or DistributionMethod.Range ? plan.Table.DistributionColumn : null;
        IsNeeded = column is not null;
        if (column is null)
            return;

        NotNull = column.NotNull;
        ColumnName = column.Name;
        FieldIndex = IndexOf(plan.Columns, c => c.Name == column.Name);
        DefaultIndex = FieldIndex >= 0 ? -1 : IndexOf(plan.CoordinatorDefaults, d => d.Column == column.Name);
        _binary = plan.Options.Format == CopyFormat.Binary;
        _hasher = KeyHashers.For(column.Type);
        if (plan.Table.Method == DistributionMethod.Range)
        {
            _bounds = column.TypeModifier < 0 ? ShardBounds.Of(plan.Table) : null;
            _hasher = null;
            return;
        }

        // A modifier may round or cut the value before it is stored, and what is stored counts. The padding that char(n) adds
        // does not matter to its hash, and a varchar that surely fits is not cut.
        if (column.TypeModifier < 0 || column.Type.Value == Bpchar)
            return;
        if (column.Type.Value == Varchar)
            _maxBytes = column.TypeModifier - VarcharHeader;
        else
            _hasher = null;
    }

    /// <summary>False when all rows go to the same shard.</summary>
    public bool IsNeeded { get; }

    public bool NotNull { get; }

    public string ColumnName { get; } = "";

    /// <summary>Index of the key among the fields of the client's rows, or -1.</summary>
    public int FieldIndex { get; } = -1;

    /// <summary>Index of the key among the coordinator's defaults, or -1.</summary>
    public int DefaultIndex { get; } = -1;

    /// <summary>
    /// The hash of a key in the form the COPY's format has; false: the server has to say. For a range-distributed table it is the index of its shard, or what
    /// <see cref="ShardBounds.Find"/> says where there is none.
    /// </summary>
    /// <exception cref="PgException">The key is no value of its type.</exception>
    public bool TryHash(ReadOnlySpan<byte> key, out int hash)
    {
        hash = 0;
        if (_bounds is { IsKnown: true } && _bounds.TryRead(key, _binary, default, out var number))
        {
            hash = _bounds.Find(number);
            return true;
        }

        if (_hasher is null || key.Length > _maxBytes || (_asciiOnly && !Ascii.IsValid(key)))
            return false;
        return _binary ? _hasher.TryHashBinary(key, out hash) : _hasher.TryHashText(key, out hash);
    }

    private static int IndexOf<T>(ImmutableArray<T> items, Func<T, bool> matches)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (matches(items[i]))
                return i;
        }

        return -1;
    }
}
