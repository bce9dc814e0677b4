namespace Tangelo.Sql.Relations;

/// <summary>Where in a statement a relation is named.</summary>
public enum RelationPlace
{
    /// <summary>An item of FROM or USING, by itself or in a join.</summary>
    FromItem,

    /// <summary>After INSERT INTO.</summary>
    InsertTarget,

    /// <summary>After UPDATE.</summary>
    UpdateTarget,

    /// <summary>After DELETE FROM.</summary>
    DeleteTarget,

    /// <summary>After MERGE INTO.</summary>
    MergeTarget,

    /// <summary>In a utility statement, where no alias may follow.</summary>
    Utility,
}
