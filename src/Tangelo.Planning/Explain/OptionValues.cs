using Node = PgQuery.Node;

namespace Tangelo.Planning.Explain;

/// <summary>The arguments of options in parentheses, as the grammar leaves them.</summary>
internal static class OptionValues
{
    /// <summary>The argument as text, or null without one.</summary>
    internal static string? Text(Node? argument) => argument?.NodeCase switch
    {
        Node.NodeOneofCase.String => argument.String.Sval,
        Node.NodeOneofCase.Integer => argument.Integer.Ival.ToString(),
        Node.NodeOneofCase.Float => argument.Float.Fval,
        Node.NodeOneofCase.Boolean => argument.Boolean.Boolval ? "true" : "false",
        _ => null,
    };

    /// <summary>An option without an argument is on.</summary>
    internal static bool IsTrue(string? value) =>
        value is null || value.ToLowerInvariant() is "true" or "on" or "1";
}
