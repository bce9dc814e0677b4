namespace Tangelo.Regress.Running;

/// <summary>Which files run, and in which order.</summary>
internal static class Schedules
{
    /// <summary>Files that cannot be run here, with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Left { get; } = new Dictionary<string, string>
    {
        ["tablespace"] = "needs a tablespace folder on every server, and says where it is",
        ["type_sanity"] = "looks for mistakes in PostgreSQL's own catalog; needs C functions of the test library",
        ["opr_sanity"] = "looks for mistakes in PostgreSQL's own catalog; needs C functions of the test library",
        ["misc_sanity"] = "looks for mistakes in PostgreSQL's own catalog",
        ["sanity_check"] = "lists all tables of the run",
        ["oidjoins"] = "looks for mistakes in PostgreSQL's own catalog",
        ["create_function_c"] = "needs the test library, which Debian does not pack",
        ["encoding"] = "needs C functions of the test library",
        ["euc_kr"] = "needs a database in EUC_KR",
        ["database"] = "renames databases",
        ["infinite_recurse"] = "is about the stack of the operating system",
        ["security_label"] = "needs a module that Debian does not pack",
        ["collate.linux.utf8"] = "needs the locales of the operating system",
        ["select_parallel"] = "is about plans",
        ["write_parallel"] = "is about plans",
        ["vacuum_parallel"] = "is about storage",
        ["maintain_every"] = "is about VACUUM and ANALYZE of everything",
        ["stats"] = "is about counters of one server",
        ["random"] = "is about chance",
        ["conversion"] = "needs C functions of the test library",
        ["largeobject"] = "needs the regression database in a fixed state",
    };

    /// <summary>Files that say nothing about distributed tables.</summary>
    public static IReadOnlyDictionary<string, string> LeftDistributed { get; } = new Dictionary<string, string>
    {
        ["prepared_xacts"] = "is about SERIALIZABLE transactions, which stay on one node",
        ["stats_ext"] = "compares the estimates of PostgreSQL's planner",
        ["tid"] = "is about the place of rows on disk",
        ["tidscan"] = "is about the place of rows on disk",
        ["tidrangescan"] = "is about the place of rows on disk",
        ["tablesample"] = "is about the pages that a sample takes",
        ["explain"] = "is about plans",
        ["memoize"] = "is about plans",
        ["partition_prune"] = "is about plans",
        ["join_hash"] = "is about plans",
        ["incremental_sort"] = "is about plans",
        ["cluster"] = "is about the order of rows on disk",
        ["publication"] = "a publication of a distributed table carries no rows",
    };

    private static readonly string[] Core =
    [
        "boolean", "char", "name", "varchar", "text", "int2", "int4", "int8", "oid", "float4", "float8", "bit", "numeric", "uuid", "enum", "money", "rangetypes", "strings",
        "numerology", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "inet", "macaddr", "macaddr8", "multirangetypes", "arrays", "rowtypes", "domain",
        "point", "lseg", "line", "box", "path", "polygon", "circle", "select", "select_into", "select_distinct", "select_distinct_on", "select_implicit", "select_having",
        "select_views", "join", "subselect", "aggregates", "window", "with", "union", "groupingsets", "case", "insert", "insert_conflict", "update", "delete", "merge", "returning",
        "copy", "copyselect", "copydml", "copy2", "plpgsql", "triggers", "foreign_key", "alter_table", "create_index", "prepare", "portals", "portals_p2", "transactions", "temp",
        "json", "jsonb", "json_encoding", "jsonpath", "jsonpath_encoding", "jsonb_jsonpath",
    ];

    private static readonly string[] Needed = ["test_setup", "create_index"];

    private static readonly Dictionary<string, string[]> Before = new()
    {
        ["multirangetypes"] = ["rangetypes"],
        ["geometry"] = ["point", "lseg", "line", "box", "path", "polygon", "circle"],
        ["horology"] = ["date", "time", "timetz", "timestamp", "timestamptz", "interval"],
        ["aggregates"] = ["create_aggregate"],
        ["join"] = ["create_misc"],
        ["with"] = ["create_misc"],
        ["psql"] = ["create_am"],
        ["select_views"] = ["create_view"],
        ["amutils"] = ["geometry", "create_index_spgist", "hash_index", "brin"],
    };

    public static bool IsCore(string file) => Core.Contains(file);

    public static IReadOnlyList<string> InOrder(Sources sources, Mode mode, IReadOnlyCollection<string> wanted)
    {
        var chosen = new HashSet<string>(wanted.Concat(wanted.SelectMany(w => Before.GetValueOrDefault(w, []))).Concat(Needed));
        return [.. sources.Schedule().Where(f => !Left.ContainsKey(f) && !(mode == Mode.Distributed && LeftDistributed.ContainsKey(f)) && (wanted.Count == 0 || chosen.Contains(f)))];
    }
}
