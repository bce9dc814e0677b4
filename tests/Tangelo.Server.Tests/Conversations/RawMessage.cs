using Tangelo.Harness.Wire;

namespace Tangelo.Server.Tests.Conversations;

/// <summary>A backend message as it came.</summary>
internal sealed record RawMessage(char Type, byte[] Body)
{
    /// <summary>The fields of an ErrorResponse or NoticeResponse.</summary>
    public WireNotice Notice => new BackendReader(Body).Notice();

    /// <summary>The values of a DataRow as text.</summary>
    public List<string?> Row => [.. new BackendReader(Body).Row().Select(v => v is null ? null : System.Text.Encoding.UTF8.GetString(v))];

    /// <summary>Name and value of a ParameterStatus.</summary>
    public (string Name, string Value) Setting
    {
        get
        {
            var reader = new BackendReader(Body);
            return (reader.Text(), reader.Text());
        }
    }

    /// <summary>A CommandComplete's tag.</summary>
    public string Tag => new BackendReader(Body).Text();
}
