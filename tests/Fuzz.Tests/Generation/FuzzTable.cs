namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>A table of the generated statements. All of them have the same columns.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Distribution">What makes it one of the cluster, or null for a local one.</param>
/// <param name="Key">The distribution column.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="IsUnique">Whether <c>k</c> is its primary key.</param>
/// <param name="IsPartitioned">Whether it has partitions, by <c>d</c>.</param>
/// <param name="HasNullKeys">Whether the distribution column is missing in some rows.</param>
/// <param name="IsWatched">Whether it has triggers, which note in <see cref="Seen"/> what happens to its rows.</param>
/// <param name="IsWide">Whether <c>k</c> is a bigint, some of them too large for an int, and <c>t</c> a varchar.</param>
/// <param name="IsRanges">Whether its shards are ranges of the distribution column, which rows do not leave.</param>
/// <param name="IsAppended">Whether it takes rows by COPY alone, in which every shard has values of its own.</param>
internal sealed record FuzzTable(
    string Name, string? Distribution, string? Key, int Rows, bool IsUnique = false, bool IsPartitioned = false, bool HasNullKeys = false, bool IsWatched = false, bool IsWide = false,
    bool IsRanges = false, bool IsAppended = false)
{
    /// <summary>The table that triggers write to.</summary>
    public const string Seen = "seen";

    public static IReadOnlyList<(string Name, SqlType Type, string Definition)> Columns { get; } =
    [
        ("k", SqlType.Int, "int"),
        ("a", SqlType.Int, "int"),
        ("b", SqlType.Big, "bigint"),
        ("n", SqlType.Num, "numeric(8,2)"),
        ("t", SqlType.Text, "text"),
        ("d", SqlType.Date, "date"),
        ("e", SqlType.Bool, "boolean"),
        ("f", SqlType.Float, "float8"),
    ];

    /// <summary>The simplest first.</summary>
    public static IReadOnlyList<FuzzTable> All { get; } =
    [
        new("d1", "create_distributed_table('d1', 'k', shard_count => 4)", "k", 40),
        new("d2", "create_distributed_table('d2', 'k', colocate_with => 'd1')", "k", 33, HasNullKeys: true),
        new("u1", "create_distributed_table('u1', 'k', colocate_with => 'd1')", "k", 20, IsUnique: true),
        new("d3", "create_distributed_table('d3', 'a', shard_count => 3, colocate_with => 'none')", "a", 28),
        new("r1", "create_reference_table('r1')", null, 15, IsUnique: true),
        new("r2", "create_reference_table('r2')", null, 24),
        new("l1", null, null, 18),
        new("l2", null, null, 14, IsUnique: true),
        new("d4", "create_distributed_table('d4', 't', shard_count => 5, colocate_with => 'none')", "t", 22),
        new("d0", "create_distributed_table('d0', 'k', colocate_with => 'd1')", "k", 0),
        new("p1", "create_distributed_table('p1', 'k', colocate_with => 'd1')", "k", 30, IsPartitioned: true, HasNullKeys: true),
        new("s1", "create_distributed_table('s1', NULL)", null, 16),
        new("w1", "create_distributed_table('w1', 'k', colocate_with => 'd1')", "k", 21, IsUnique: true, IsWatched: true),
        new("w2", "create_distributed_table('w2', 'a', colocate_with => 'd3')", "a", 25, IsWatched: true),
        new("g1", "create_distributed_table('g1', 'k', shard_count => 4, colocate_with => 'none')", "k", 26, IsWide: true),
        new("q1", "create_distributed_table('q1', 'k', 'range')", "k", 27, IsRanges: true),
        new("q2", "create_distributed_table('q2', 'k', 'append')", "k", 32, HasNullKeys: true, IsAppended: true),
    ];

    /// <summary>Views with the same columns, and what they show.</summary>
    public static IReadOnlyList<(string Name, string Query)> Views { get; } =
    [
        ("v1", "SELECT * FROM d1 WHERE a > 2"),
        ("v2", "SELECT x.k, y.a, x.b, y.n, x.t, x.d, y.e, x.f FROM d1 x JOIN d2 y ON x.k = y.k WHERE y.b > 10"),
        ("v3", "SELECT k, max(a) AS a, sum(b)::bigint AS b, max(n)::numeric(8,2) AS n, min(t) AS t, max(d) AS d, bool_or(e) AS e, sum(f) AS f FROM d2 GROUP BY k"),
        ("v4", "SELECT * FROM r2 UNION ALL SELECT * FROM d3"),
        ("v5", "SELECT r.k, coalesce(d.a, 1) AS a, d.b, d.n, r.t, r.d, d.e, r.f FROM r1 r LEFT JOIN d1 d ON d.k = r.k"),
    ];

    /// <summary>The names that a FROM may hold, the simplest first.</summary>
    public static IReadOnlyList<string> Readable { get; } = [.. All.Select(t => t.Name), .. Views.Select(v => v.Name)];

    /// <summary>Those that INSERT can write to.</summary>
    public static IReadOnlyList<FuzzTable> Open { get; } = [.. All.Where(t => !t.IsAppended)];

    /// <summary>Those whose distribution column can change.</summary>
    public static IReadOnlyList<FuzzTable> Movable { get; } = [.. All.Where(t => !t.IsAppended && !t.IsRanges)];

    public static IReadOnlyList<FuzzTable> Unique { get; } = [.. All.Where(t => t.IsUnique)];

    /// <summary>The statements that make and fill the tables in the schema that is in force.</summary>
    /// <param name="distributed">Whether the server is a cluster.</param>
    public static IEnumerable<string> Setup(bool distributed)
    {
        yield return $"CREATE TABLE {Seen} (relation text, operation text, before jsonb, after jsonb)";
        yield return "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW)); RETURN NULL; END'";
        yield return "CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.f := coalesce(NEW.f, 0) + 0.25; RETURN NEW; END'";
        yield return "CREATE FUNCTION through(query text) RETURNS SETOF record LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXECUTE query; END'";
        yield return "CREATE FUNCTION changed(statement text) RETURNS bigint LANGUAGE plpgsql AS 'DECLARE n bigint; BEGIN EXECUTE statement; GET DIAGNOSTICS n = ROW_COUNT; RETURN n; END'";
        foreach (var table in All)
        {
            var columns = string.Join(", ", Columns.Select(c => $"{c.Name} {table.Definition(c.Name, c.Definition)}{(table.IsUnique && c.Name == "k" ? " PRIMARY KEY" : "")}"));
            yield return $"CREATE TABLE {table.Name} ({columns}){(table.IsPartitioned ? " PARTITION BY RANGE (d)" : "")}";
            if (table.IsPartitioned)
            {
                yield return $"CREATE TABLE {table.Name}_1 PARTITION OF {table.Name} FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')";
                yield return $"CREATE TABLE {table.Name}_2 PARTITION OF {table.Name} DEFAULT";
            }

            if (distributed && table.Distribution is not null)
                yield return $"SELECT {table.Distribution}";
            if (distributed && table.IsRanges)
            {
                foreach (var (least, greatest) in Ranges)
                {
                    yield return $"SELECT master_create_empty_shard('{table.Name}')";
                    yield return $"UPDATE pg_dist_shard SET shardminvalue = {least}, shardmaxvalue = {greatest} WHERE logicalrelid = '{table.Name}'::regclass AND shardminvalue IS NULL";
                }
            }

            if (table.IsAppended)
            {
                foreach (var statement in table.Copies())
                    yield return statement;
            }
            else if (table.Rows > 0)
            {
                yield return $"INSERT INTO {table.Name} SELECT {table.Values()} FROM generate_series(1, {table.Rows}) i";
            }

            if (table.IsWatched)
            {
                yield return $"CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON {table.Name} FOR EACH ROW EXECUTE FUNCTION note()";
                yield return $"CREATE TRIGGER marked BEFORE INSERT OR UPDATE ON {table.Name} FOR EACH ROW EXECUTE FUNCTION mark()";
            }
        }

        foreach (var (name, query) in Views)
            yield return $"CREATE VIEW {name} AS {query}";
    }

    private static IReadOnlyList<(string Least, string Greatest)> Ranges { get; } = [("-2147483648", "3"), ("4", "7"), ("8", "12"), ("13", "2147483647")];

    // Each COPY makes a shard. A file's name without a slash is one in the server's data directory.
    private IEnumerable<string> Copies()
    {
        const int Shards = 4;
        for (var shard = 0; shard < Shards; shard++)
        {
            var file = $"fuzz_{Guid.NewGuid():N}";
            yield return $"COPY (SELECT {Values()} FROM generate_series({(shard * Rows / Shards) + 1}, {(shard + 1) * Rows / Shards}) i ORDER BY 1) TO PROGRAM 'cat > {file}'";
            yield return $"COPY {Name} FROM '{file}'";
        }
    }

    private string Definition(string column, string usual) => (IsWide, column) switch
    {
        (true, "k") => "bigint",
        (true, "t") => "varchar(9)",
        _ => usual,
    };

    // A quarter of the rows has one key, a value is missing here and there, and the numbers of a float are exact in any order of addition.
    private string Values()
    {
        var salt = Name[0] + Name[1];
        var key = IsUnique ? "i" : IsWide ? "CASE WHEN i % 4 = 0 THEN 7 WHEN i % 13 = 0 THEN 5000000007 ELSE i % 17 END" : "CASE WHEN i % 4 = 0 THEN 7 ELSE i % 17 END";
        return string.Join(
            ", ",
            HasNullKeys || (Key is null && !IsUnique) ? Gaps(key, 9) : key,
            Gaps($"(i * {3 + (salt % 4)}) % 11", Key == "a" ? 0 : 7),
            Gaps($"i * {5 + (salt % 7)} % 23", 6),
            Gaps($"(i * {7 + (salt % 5)} % 40) / 4.0", 8),
            Gaps($"chr(97 + i * {1 + (salt % 3)} % 6) || CASE WHEN i % 3 = 0 THEN 'x' ELSE '' END", Key == "t" ? 0 : 10),
            Gaps($"date '2024-01-01' + (i * {5 + (salt % 6)}) % 60", 11),
            Gaps("i % 3 = 0", 5),
            Gaps($"(i * {2 + (salt % 3)} % 31) / 4.0", 12));
    }

    private static string Gaps(string value, int every) => every == 0 ? value : $"CASE WHEN i % {every} <> 0 THEN {value} END";
}
