namespace Tangelo.Clients.Tests;

/// <summary>A test of a client that is skipped where its toolchain is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ClientFactAttribute : FactAttribute
{
    public ClientFactAttribute(Toolchain toolchain = Toolchain.None) => Skip = Toolchains.Missing(toolchain);
}
