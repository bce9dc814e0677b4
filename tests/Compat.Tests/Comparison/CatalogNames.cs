using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Comparison;

/// <summary>
/// Names for the OIDs of one server's relations and types, asked for in a session of its own. What a transaction
/// under test has not committed has no name here.
/// </summary>
internal sealed partial class CatalogNames(WireSession session)
{
    private const uint FirstUserOid = 16384;

    // regproc, oid, regprocedure to regtype, regtype[], regnamespace, regrole.
    private static readonly HashSet<uint> OidTypes = [24, 26, 2202, 2203, 2204, 2205, 2206, 2210, 2211, 4089, 4096];

    private readonly Dictionary<uint, string?> _relations = [];
    private readonly Dictionary<uint, string?> _types = [];

    public static bool IsUserDefined(uint oid) => oid >= FirstUserOid;

    /// <summary>Whether the binary form of a type holds OIDs, which differ from server to server.</summary>
    public static bool IsOidInBinary(uint type) => IsUserDefined(type) || OidTypes.Contains(type);

    /// <summary>The qualified name of a relation, "-" for none, null when it cannot be found.</summary>
    public async Task<string?> RelationAsync(uint oid, CancellationToken cancel) => oid == 0 ? "-" : await AskAsync(
        _relations, oid, $"SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {oid}", cancel);

    /// <summary>The name of a type; built-in types keep their OID as name.</summary>
    public async Task<string?> TypeAsync(uint oid, CancellationToken cancel) => !IsUserDefined(oid) ? $"{oid}" : await AskAsync(
        _types, oid, $"SELECT n.nspname || '.' || t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = {oid}", cancel);

    private async Task<string?> AskAsync(Dictionary<uint, string?> known, uint oid, string sql, CancellationToken cancel)
    {
        if (known.TryGetValue(oid, out var name))
            return name;
        var answer = await session.QueryAsync(sql, null, cancel);
        if (answer.Replies[0].Rows is not [var row] || row[0] is not { } value)
            return null;
        return known[oid] = TemporarySchema().Replace(Encoding.UTF8.GetString(value), "pg_temp.");
    }

    [GeneratedRegex(@"^pg_temp_\d+\.")]
    private static partial Regex TemporarySchema();
}
