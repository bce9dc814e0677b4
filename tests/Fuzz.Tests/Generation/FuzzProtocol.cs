namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>How the statements of a case are sent.</summary>
internal enum FuzzProtocol
{
    Simple,
    ExtendedText,
    ExtendedBinary,
}
