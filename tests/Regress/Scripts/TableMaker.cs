using System.Text.RegularExpressions;

namespace Tangelo.Regress.Scripts;

/// <summary>Which statements make a table that the distributed mode spreads, and which tables it has to leave as they are.</summary>
internal sealed partial class TableMaker
{
    private readonly HashSet<string> _left = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _referenced = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _changedColumns = new(StringComparer.OrdinalIgnoreCase);
    private readonly LaterKeys _keys;

    private TableMaker(LaterKeys keys) => _keys = keys;

    /// <summary>
    /// Reads ahead: a distributed table cannot have children or triggers with transition tables, its distribution column stays as it is, and a foreign key
    /// refers best to a reference table.
    /// </summary>
    public static TableMaker For(IReadOnlyList<Step> steps)
    {
        var tables = new TableMaker(LaterKeys.Of(steps));
        foreach (var step in steps)
        {
            foreach (Match match in Inherits().Matches(step.Text))
                tables._left.UnionWith(match.Groups[1].Value.Split(',').Select(Short));
            foreach (Match match in NamesOwner().Matches(step.Text))
                tables._left.UnionWith(match.Groups.Values.Skip(1).Where(g => g.Success).Select(g => Short(g.Value)));
            foreach (Match match in Part().Matches(step.Text))
                tables._left.Add(Short(match.Groups[1].Value));
            foreach (Match match in References().Matches(step.Text))
                tables._referenced.Add(Short(match.Groups[1].Value));
            if (AlteredTable().Match(step.Text) is { Success: true } altered)
                foreach (Match match in ChangedColumn().Matches(step.Text))
                    tables._changedColumns.Add(Short(altered.Groups[1].Value) + " " + match.Groups.Values.Skip(1).First(g => g.Success).Value.Trim('"'));
        }
        return tables;
    }

    /// <summary>The name of the table as the statement writes it, or null.</summary>
    public string? Table(Step step) =>
        CreateTable().Match(step.Text) is { Success: true } match && !_left.Contains(Short(match.Groups[1].Value)) && !IsPart().IsMatch(step.Text)
            ? match.Groups[1].Value
            : null;

    /// <summary>
    /// The fixed rule: a table that a foreign key refers to becomes a reference table; others are distributed by the first hashable column that
    /// every unique key contains and that is not changed later; without one, a reference table. What Tangelo refuses for either stays local.
    /// </summary>
    public string Distribute(string table) => $"""
        DO $tangelo$
        DECLARE rel pg_catalog.regclass := pg_catalog.to_regclass({Quoted(table)}); col pg_catalog.text;
        BEGIN
          IF rel IS NULL OR (SELECT relkind <> 'r' OR relpersistence = 't' OR relispartition FROM pg_catalog.pg_class WHERE oid = rel)
             OR EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = rel) THEN
            RAISE INFO 'left'; RETURN;
          END IF;
          SELECT a.attname INTO col FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
          WHERE {(_referenced.Contains(Short(table)) ? "false" : "true")} AND a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = rel AND i.indisunique AND NOT a.attnum = ANY (i.indkey))
            AND NOT EXISTS (SELECT FROM pg_catalog.unnest({Keys(table)}) k WHERE pg_catalog.strpos(k, ' ' || a.attname || ' ') = 0)
            AND NOT a.attname = ANY ({Changed(table)})
            AND (y.typtype = 'e' OR y.oid IN (16,18,19,20,21,23,25,26,700,701,829,869,650,1042,1043,1082,1083,1114,1184,1186,1266,1700,2950,3802))
          ORDER BY a.attnum LIMIT 1;
          IF col IS NOT NULL THEN
            BEGIN
              PERFORM create_distributed_table(rel, col, colocate_with => 'none', shard_count => 4);
              RAISE INFO 'distributed by %', col; RETURN;
            EXCEPTION WHEN OTHERS THEN RAISE INFO 'not distributed: % %', SQLSTATE, SQLERRM;
            END;
          END IF;
          BEGIN
            PERFORM create_reference_table(rel);
            RAISE INFO 'reference';
          EXCEPTION WHEN OTHERS THEN RAISE INFO 'no reference: % %', SQLSTATE, SQLERRM;
          END;
        END $tangelo$;
        """;

    /// <summary>What the plain server does at the same place, so that psql's variables stay alike.</summary>
    public const string Nothing = "DO $tangelo$ BEGIN END $tangelo$;";

    private string Changed(string table)
    {
        var name = Short(table) + " ";
        var columns = _changedColumns.Where(c => c.StartsWith(name, StringComparison.OrdinalIgnoreCase)).Select(c => Quoted(c[name.Length..]));
        return $"ARRAY[{string.Join(", ", columns)}]::pg_catalog.text[]";
    }

    private string Keys(string table) => $"ARRAY[{string.Join(", ", _keys.Of(table).Select(Quoted))}]::pg_catalog.text[]";

    private static string Quoted(string name) => "'" + name.Replace("'", "''", StringComparison.Ordinal) + "'";

    /// <summary>The name without its schema and quotes.</summary>
    public static string Short(string name) => name.Trim().Split('.')[^1].Trim('"');

    [GeneratedRegex(@"\A\s*create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?((?:[\w]+|""[^""]+"")(?:\.(?:[\w]+|""[^""]+""))?)(?=[\s(])", RegexOptions.IgnoreCase)]
    private static partial Regex CreateTable();

    [GeneratedRegex(@"\bpartition\s+(of|by)\b|\binherits\b", RegexOptions.IgnoreCase)]
    private static partial Regex IsPart();

    [GeneratedRegex(@"\binherits?\s*\(?\s*([\w""., ]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Inherits();

    [GeneratedRegex(@"\breferences\s+(?:only\s+)?([\w"".]+)", RegexOptions.IgnoreCase)]
    private static partial Regex References();

    [GeneratedRegex(@"^\s*alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w"".]+)", RegexOptions.IgnoreCase)]
    private static partial Regex AlteredTable();

    [GeneratedRegex(@"\bdrop\s+(?:column\s+)?(?:if\s+exists\s+)?(?!column\b|constraint\b|expression\b|identity\b|not\b|default\b|if\b)([\w""]+)|\balter\s+(?:column\s+)?([\w""]+)\s+(?:set\s+data\s+)?type\b", RegexOptions.IgnoreCase)]
    private static partial Regex ChangedColumn();

    [GeneratedRegex(@"\bcreate\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\s+[\w""]+\s+[^;$]*?\bon\s+([\w"".]+)\s+referencing\b|\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w"".]+)\s+(?:no\s+inherit|inherit|of|not\s+of|attach|detach)\b", RegexOptions.IgnoreCase)]
    private static partial Regex NamesOwner();

    [GeneratedRegex(@"\b(?:attach|detach)\s+partition\s+([\w"".]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Part();
}
