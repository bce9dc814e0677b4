using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>A statement with its parameters. Once it is executed with a row limit its whole result waits in the spool.</summary>
internal sealed class DistributedPortal(CompiledStatement statement, ParameterSet parameters)
{
    public CompiledStatement Statement => statement;

    public ParameterSet Parameters => parameters;

    public RowSpool? Spool { get; set; }

    public string Tag { get; set; } = "";
}
