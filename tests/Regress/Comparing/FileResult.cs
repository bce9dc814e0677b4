using Tangelo.Regress.Running;
using Tangelo.Regress.Scripts;

namespace Tangelo.Regress.Comparing;

/// <summary>One step that both servers have answered.</summary>
internal sealed record Compared(int Number, Step Step, Verdict Verdict, Answer Plain, Answer? Cluster);

/// <summary>One file in one mode.</summary>
/// <param name="Setup">What became of each of its tables.</param>
internal sealed record FileResult(string File, Mode Mode, IReadOnlyList<Compared> Steps, IReadOnlyList<string> Setup, bool TimedOut, TimeSpan Time)
{
    public int Counted => Steps.Count(s => s.Verdict != Verdict.OtherByNature);

    public int Same => Steps.Count(s => s.Verdict == Verdict.Same);

    public int Count(Verdict verdict) => Steps.Count(s => s.Verdict == verdict);
}
