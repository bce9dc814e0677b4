namespace Tangelo.Cli.Embedded;

/// <summary>A node of the embedded cluster: 0 is the coordinator, 1 and up are the workers. Its port and folder follow from that.</summary>
internal readonly record struct NodeName(int Number)
{
    public bool IsCoordinator => Number == 0;

    public int Port(int routerPort) => routerPort + 1 + Number;

    /// <summary>The name in messages and of the folder.</summary>
    public override string ToString() => IsCoordinator ? "coordinator" : $"worker{Number}";
}
