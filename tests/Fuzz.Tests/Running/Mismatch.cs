using Tangelo.Fuzz.Tests.Generation;

namespace Tangelo.Fuzz.Tests.Running;

/// <summary>What is different, in a word that is kept while a case is shrunk.</summary>
internal enum MismatchKind
{
    Rows,
    Columns,
    Tag,
    State,
    Lost,
}

/// <summary>Two servers that do not agree.</summary>
/// <param name="Kind">What is different.</param>
/// <param name="Case">The statements.</param>
/// <param name="Statement">The one that shows it.</param>
/// <param name="Plain">PostgreSQL's answer.</param>
/// <param name="Cluster">The other one.</param>
internal sealed record Mismatch(MismatchKind Kind, FuzzCase Case, string Statement, string Plain, string Cluster)
{
    public override string ToString() => $"{Kind}:\n{Case}\n  at:      {Statement}\n  plain:   {Plain}\n  cluster: {Cluster}";
}
