using System.Collections.Frozen;
using PgQuery;
using Tangelo.Catalog;

namespace Tangelo.Planning.Analysis;

/// <summary>What the planner knows of function calls. Functions outside of pg_catalog are never known.</summary>
internal sealed class FunctionRules(FunctionCatalog catalog)
{
    // They look at, or change, something of the server or session they run on.
    private static readonly string[] CoordinatorPrefixes =
        ["pg_", "has_", "to_reg", "txid_", "inet_", "lo_", "query_to_", "table_to_", "schema_to_", "database_to_", "cursor_to_", "citus_", "tangelo_"];

    private static readonly FrozenSet<string> CoordinatorNames = new[]
    {
        "nextval", "currval", "lastval", "setval", "current_setting", "set_config", "obj_description", "col_description",
        "shobj_description", "format_type", "version", "current_schema", "current_schemas", "current_query", "current_database",
        "row_security_active", "loread", "lowrite", "binary_upgrade_set_next_pg_type_oid", "ts_stat", "ts_rewrite",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> AnywhereNames = new[] { "pg_typeof", "pg_column_size", "pg_collation_for" }.ToFrozenSet();

    // age(timestamp) counts from today.
    private static readonly FrozenSet<string> Moments =
        new[] { "now", "transaction_timestamp", "statement_timestamp", "age" }.ToFrozenSet();

    private static readonly FrozenSet<string> OrderInsensitiveAggregates = new[]
    {
        "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor", "stddev", "stddev_pop",
        "stddev_samp", "variance", "var_pop", "var_samp",
    }.ToFrozenSet();

    /// <summary>Why the call cannot run on the shards, or null when it can.</summary>
    internal string? WhyNotOnShards(FuncCall call)
    {
        var name = Syntax.FunctionName(call);
        if (Find(call) is null)
            return $"function {name} may not exist on the workers";
        if (AnywhereNames.Contains(name))
            return null;
        return CoordinatorNames.Contains(name) || CoordinatorPrefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal))
            ? $"function {name} belongs to the coordinator"
            : null;
    }

    /// <summary>True for a function of pg_catalog.</summary>
    internal bool IsKnown(FuncCall call) => Find(call) is not null;

    internal bool IsAggregate(FuncCall call) => call.Over is null && Find(call) is { IsAggregate: true };

    internal bool IsVolatile(FuncCall call) => Find(call) is not { Volatility: not 'v' };

    /// <summary>
    /// True when two nodes may compute different values: volatile functions, and those of the present moment. Other stable functions depend on
    /// settings, which a session's worker connections share.
    /// </summary>
    internal bool IsUnsteady(FuncCall call) => IsVolatile(call) || Moments.Contains(Syntax.FunctionName(call));

    internal bool ReturnsSet(FuncCall call) => Find(call) is { ReturnsSet: true };

    /// <summary>True when two nodes that hold the same rows in another order give the same value.</summary>
    internal bool IsOrderInsensitive(FuncCall aggregate) =>
        OrderInsensitiveAggregates.Contains(Syntax.FunctionName(aggregate)) && aggregate.AggOrder.Count == 0;

    private FunctionFacts? Find(FuncCall call) => call.Funcname.Count switch
    {
        1 => catalog.Find(call.Funcname[0].String.Sval),
        2 when call.Funcname[0].String.Sval == "pg_catalog" => catalog.Find(call.Funcname[1].String.Sval),
        _ => null,
    };
}
