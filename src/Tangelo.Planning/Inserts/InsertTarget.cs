using System.Collections.Immutable;
using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>The table and columns that an INSERT gives values for.</summary>
internal sealed partial record InsertTarget(DistributedTable Table, ImmutableArray<TableColumn> Columns)
{
    /// <summary>Where the distribution column is among <see cref="Columns"/>; -1 without.</summary>
    internal int KeyIndex { get; } = IndexOfKey(Table, Columns);

    /// <summary>
    /// The columns of <paramref name="insert"/>, of which <paramref name="count"/> are given when it has no list of them; null for columns with
    /// subscripts or fields.
    /// </summary>
    internal static InsertTarget? Of(InsertStmt insert, DistributedTable table, int count)
    {
        if (insert.Cols.Count == 0)
            return count <= table.Columns.Length ? new(table, [.. table.Columns.OrderBy(c => c.Number).Take(count)]) : null;
        var columns = ImmutableArray.CreateBuilder<TableColumn>();
        foreach (var target in insert.Cols.Select(c => c.ResTarget))
        {
            if (target.Indirection.Count > 0 || table.FindColumn(target.Name) is not { } column)
                return null;
            columns.Add(column);
        }

        return new(table, columns.ToImmutable());
    }

    /// <summary>Without the columns at <paramref name="dropped"/>.</summary>
    internal InsertTarget Without(IReadOnlySet<int> dropped) => this with { Columns = [.. Columns.Where((_, i) => !dropped.Contains(i))] };

    /// <summary>The defaults of the columns left out that the coordinator has to compute, once for each row.</summary>
    internal ImmutableArray<CoordinatorDefault> MissingDefaults()
    {
        var replicated = Table.MayHaveCopies;
        return
        [
            .. Table.Columns
                .Where(c => !Columns.Contains(c) && IsForCoordinator(c, replicated))
                .Select(c => new CoordinatorDefault(c.Name, c.Default!, c.TypeName)),
        ];
    }

    /// <summary>True when the shards must not compute the column's default each for itself.</summary>
    internal bool IsForCoordinator(TableColumn column, bool replicated) => IsForCoordinator(Table, column, replicated);

    /// <summary>True when the shards must not compute the default of a column of <paramref name="table"/> each for itself.</summary>
    internal static bool IsForCoordinator(DistributedTable table, TableColumn column, bool replicated) => column.Default is not null && column.DefaultKind switch
    {
        ColumnDefaultKind.OnCoordinator => true,
        ColumnDefaultKind.OnShard => column == table.DistributionColumn || (replicated && !Constant().IsMatch(column.Default)),
        _ => false,
    };

    /// <summary>The error for a row without a distribution key that has to have one.</summary>
    internal PgException MissingKey()
    {
        var key = Table.DistributionColumn!;
        return new PgException(new PgError
        {
            Code = SqlState.NotNullViolation,
            Message = $"null value in column \"{key.Name}\" of relation \"{Table.Name}\" violates not-null constraint",
            Schema = Table.Schema,
            Table = Table.Name,
            Column = key.Name,
        });
    }

    private static int IndexOfKey(DistributedTable table, ImmutableArray<TableColumn> columns)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i].Name == table.DistributionColumn?.Name)
                return i;
        }

        return -1;
    }

    /// <summary>Throws what PostgreSQL's rewriter throws for a value given to an identity column; Describe does not get so far.</summary>
    internal static void RefuseIdentityValue(InsertStmt insert, TableColumn column)
    {
        if (!column.IsIdentityAlways || insert.Override is OverridingKind.OverridingSystemValue or OverridingKind.OverridingUserValue)
            return;
        throw new PgException(
            "428C9",
            $"cannot insert a non-DEFAULT value into column \"{column.Name}\"",
            $"Column \"{column.Name}\" is an identity column defined as GENERATED ALWAYS.",
            "Use OVERRIDING SYSTEM VALUE to override.");
    }

    /// <summary>The type without its modifier: what an untyped literal is read as before it is assigned.</summary>
    internal static string BaseType(TableColumn column) => column.TypeName switch
    {
        var name when name.StartsWith("character(", StringComparison.Ordinal) => "bpchar" + name[(name.IndexOf(')') + 1)..],
        var name when name.StartsWith("bit(", StringComparison.Ordinal) => name,
        var name => Modifier().Replace(name, ""),
    };

    [GeneratedRegex(@"^\s*(NULL|true|false|-?[0-9.]+|\(-?[0-9.]+\)|'([^']|'')*')(::[a-zA-Z0-9_ ""\[\].]+(\([0-9, ]+\))?)?\s*$")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\(\d+(,\s*-?\d+)?\)")]
    private static partial Regex Modifier();

    internal static bool IsDefault(Node value) => value.NodeCase == Node.NodeOneofCase.SetToDefault;
}
