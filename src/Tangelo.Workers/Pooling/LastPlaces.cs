namespace Tangelo.Workers.Pooling;

/// <summary>The last place on every server: all of them belong to one transaction at a time, until its end.</summary>
internal sealed class LastPlaces
{
    private object? _holder;

    /// <summary>True when they are the transaction's.</summary>
    public bool TryTake(object transaction) => Interlocked.CompareExchange(ref _holder, transaction, null) is var before && (before is null || ReferenceEquals(before, transaction));

    /// <summary>The transaction has ended.</summary>
    public void Leave(object transaction) => Interlocked.CompareExchange(ref _holder, null, transaction);
}
