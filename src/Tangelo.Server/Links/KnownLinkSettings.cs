using System.Collections.Concurrent;
using Tangelo.Core;

namespace Tangelo.Server.Links;

/// <summary>What has been found of the settings of links of one key.</summary>
internal sealed class KnownLinkSettings
{
    /// <summary>What they have been found to be, by the print of their values. Clients may put what changes with every transaction into a setting.</summary>
    public BoundedCache<string, LinkSettings> ByPrint { get; } = new(5000);

    /// <summary>An expression for an array of the values of all settings that a session may change, by the value of is_superuser: not everybody sees all of them.</summary>
    public ConcurrentDictionary<string, string> Values { get; } = new();
}
