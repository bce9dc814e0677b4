namespace Tangelo.Sql.Relations;

/// <summary>The names of WITH queries that can be seen from a place, innermost first.</summary>
internal sealed record CteScope(string Name, CteScope? Outer)
{
    internal static bool Sees(CteScope? scope, string name)
    {
        for (; scope is not null; scope = scope.Outer)
        {
            if (scope.Name == name)
                return true;
        }

        return false;
    }
}
