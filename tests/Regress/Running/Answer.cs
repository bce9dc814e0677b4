namespace Tangelo.Regress.Running;

/// <summary>What psql printed for one step.</summary>
/// <param name="SqlState">Of the last statement, <c>00000</c> for success; empty when psql had none yet.</param>
internal sealed record Answer(string Text, string SqlState)
{
    public bool Failed => SqlState is not ("00000" or "");
}
