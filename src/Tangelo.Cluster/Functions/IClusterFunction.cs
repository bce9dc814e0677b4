using System.Text.Json;

namespace Tangelo.Cluster.Functions;

/// <summary>
/// The router's half of an administrative function: what the SQL function on the coordinator calls with
/// <c>tangelo_call(name, args)</c>. Without state; one object serves all sessions.
/// </summary>
public interface IClusterFunction
{
    /// <summary>The name as <c>tangelo_call</c> gives it.</summary>
    string Name { get; }

    /// <summary>Runs it; every string is one JSON value, the <c>response</c> of one row.</summary>
    /// <exception cref="Core.PgException">What the caller is to be told.</exception>
    Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation);
}
