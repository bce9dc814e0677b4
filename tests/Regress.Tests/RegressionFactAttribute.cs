using Tangelo.Regress.Running;

namespace Tangelo.Regress.Tests;

/// <summary>A test that needs PostgreSQL's source, which only a machine with a network can fetch.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RegressionFactAttribute : FactAttribute
{
    public RegressionFactAttribute()
    {
        if (Sources.Find() is null)
            Skip = $"PostgreSQL's source is not there; tools/regression.sh fetches it and {Sources.Variable} names it.";
    }
}
