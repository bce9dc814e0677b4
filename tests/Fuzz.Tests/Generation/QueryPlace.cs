namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>Where a query stands.</summary>
internal enum QueryPlace
{
    /// <summary>Its rows become those of another query.</summary>
    Inner,

    /// <summary>Its rows go to the client.</summary>
    Top,
}
