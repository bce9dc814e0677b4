using System.Text.RegularExpressions;
using Tangelo.Regress.Running;
using Tangelo.Regress.Scripts;

namespace Tangelo.Regress.Comparing;

/// <summary>Gives every step of a file its verdict.</summary>
internal static partial class FileComparer
{
    public static FileResult Compare(string file, Mode mode, IReadOnlyList<Step> steps, Transcript plain, Transcript cluster, TimeSpan time)
    {
        var compared = new List<Compared>();
        var failed = new FailedObjects(RelatedTables.Of(steps));
        for (var n = 0; n < steps.Count; n++)
        {
            if (!plain.Answers.TryGetValue(n, out var expected))
                continue;
            cluster.Answers.TryGetValue(n, out var actual);
            var verdict = actual is null ? Verdict.Lost : StepComparer.Compare(steps[n], mode, expected, actual);
            if (mode == Mode.Distributed && verdict != Verdict.Same && Undetermined.Contains(file, n, steps[n].Text, expected, actual))
                verdict = Verdict.OtherByNature;
            if (verdict is Verdict.Rows or Verdict.Message or Verdict.NoError or Verdict.Error or Verdict.Refused or Verdict.OtherError or Verdict.Order && failed.Explain(steps[n].Text, actual!))
                verdict = Verdict.FollowsFailure;
            if (actual is not null && expected.Failed != actual.Failed)
                failed.Add(steps[n].Text);
            failed.Follow(steps[n].Text, expected, actual);
            compared.Add(new Compared(n, steps[n], verdict, expected, actual));
        }
        return new FileResult(file, mode, compared, cluster.Setup, cluster.TimedOut, time);
    }

    /// <summary>Names in statements that went otherwise than on the plain server.</summary>
    private sealed class FailedObjects(RelatedTables related)
    {
        private readonly HashSet<string> _names = [];
        private bool _inTransaction;

        public void Add(string text) => _names.UnionWith(related.With(Names(text)));

        /// <summary>A transaction in which one side alone had an error ends otherwise.</summary>
        public void Follow(string text, Answer expected, Answer? actual) =>
            _inTransaction = !TransactionEdge().IsMatch(text) && (_inTransaction || (actual is not null && expected.Failed != actual.Failed));

        /// <summary>True when the statement speaks of one of them, or its transaction was broken before.</summary>
        public bool Explain(string text, Answer actual) => actual.SqlState == "25P02" || (_inTransaction && TransactionEnd().IsMatch(text)) || Names(text).Any(_names.Contains);

        private static IEnumerable<string> Names(string text) =>
            Word().Matches(text).Select(m => m.Value.ToLowerInvariant()).Where(w => w.Length > 1 && !SqlWords.All.Contains(w));
    }

    [GeneratedRegex(@"^\s*(commit|end|rollback|abort)\b", RegexOptions.IgnoreCase)]
    private static partial Regex TransactionEnd();

    [GeneratedRegex(@"^\s*(begin|start|commit|end|rollback|abort)\b", RegexOptions.IgnoreCase)]
    private static partial Regex TransactionEdge();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Word();
}
