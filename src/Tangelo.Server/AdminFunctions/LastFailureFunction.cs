using System.Text.Json;
using Tangelo.Cluster.Functions;

namespace Tangelo.Server.AdminFunctions;

/// <summary>
/// The error that the session's loopback has last given, with the fields that postgres_fdw does not pass on:
/// <c>{"code", "message", "detail", "hint", "schema", "table", "column", "datatype", "constraint"}</c>, or no row.
/// </summary>
internal sealed class LastFailureFunction : IClusterFunction
{
    public string Name => "last_failure";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>(session.LastFailure is not { } failure
            ? []
            :
            [
                JsonSerializer.Serialize(new
                {
                    code = failure.Code,
                    message = failure.Message,
                    detail = failure.Detail ?? "",
                    hint = failure.Hint ?? "",
                    schema = failure.Schema ?? "",
                    table = failure.Table ?? "",
                    column = failure.Column ?? "",
                    datatype = failure.DataType ?? "",
                    constraint = failure.Constraint ?? "",
                }),
            ]);
}
