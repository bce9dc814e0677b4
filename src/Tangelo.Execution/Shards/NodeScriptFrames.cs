using Tangelo.Core;

namespace Tangelo.Execution.Shards;

/// <summary>A node's script may be a DO block of ours: its frames are at the end of the CONTEXT, and the client has written none.</summary>
internal static class NodeScriptFrames
{
    private const string Block = "PL/pgSQL function inline_code_block line ";
    private const string Statement = "SQL statement \"";

    public static PgError Remove(PgError error)
    {
        if (error.Where is not { } where || where.LastIndexOf(Block, StringComparison.Ordinal) is not (>= 0 and var block) || where.IndexOf('\n', block) >= 0)
            return error;
        var statement = where.LastIndexOf(Statement, block, StringComparison.Ordinal);
        return error with { Where = statement <= 0 ? null : where[..statement].TrimEnd('\n') };
    }
}
