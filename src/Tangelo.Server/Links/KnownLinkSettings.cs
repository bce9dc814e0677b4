using System.Collections.Concurrent;

namespace Tangelo.Server.Links;

/// <summary>What the settings of links of one key have been found to be, by the print of their values (<see cref="LinkSettings.PrintSqlAsync"/>).</summary>
internal sealed class KnownLinkSettings
{
    // Clients may put what changes with every transaction into a setting.
    private const int Capacity = 5000;

    private readonly ConcurrentDictionary<string, LinkSettings> _byPrint = new();

    /// <summary>The names of the settings that a session may change, as an array's text, by the value of is_superuser: not everybody sees all of them.</summary>
    public ConcurrentDictionary<string, string> Names { get; } = new();

    /// <summary>What was found with this print; null the first time.</summary>
    public LinkSettings? Find(string print) => _byPrint.GetValueOrDefault(print);

    /// <summary>Keeps what was found.</summary>
    public void Add(string print, LinkSettings settings)
    {
        if (_byPrint.Count >= Capacity)
            _byPrint.Clear();
        _byPrint[print] = settings;
    }
}
