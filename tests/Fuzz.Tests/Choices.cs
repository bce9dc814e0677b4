namespace Tangelo.Fuzz.Tests;

/// <summary>
/// The decisions that a random statement is made of: drawn from a seed, or played back. The first option is always the simplest one,
/// so a sequence with fewer and smaller numbers is a simpler statement: that is how a failing case is shrunk.
/// </summary>
internal sealed class Choices
{
    private readonly Random? _random;
    private readonly IReadOnlyList<int> _played = [];
    private readonly List<int> _taken = [];

    public Choices(int seed) => _random = new Random(seed);

    /// <summary>Plays decisions back; after their end every decision is the simplest one.</summary>
    public Choices(IReadOnlyList<int> played) => _played = played;

    /// <summary>What has been decided so far.</summary>
    public IReadOnlyList<int> Taken => _taken;

    /// <summary>A number from 0 up to <paramref name="count"/>, not included.</summary>
    public int Next(int count)
    {
        var value = _random?.Next(count) ?? (_taken.Count < _played.Count ? _played[_taken.Count] % count : 0);
        _taken.Add(value);
        return value;
    }

    /// <summary>True in so many of a hundred cases.</summary>
    public bool Chance(int percent) => Next(100) >= 100 - percent;

    public T Of<T>(params ReadOnlySpan<T> options) => options[Next(options.Length)];

    public T OneOf<T>(IReadOnlyList<T> options) => options[Next(options.Count)];
}
