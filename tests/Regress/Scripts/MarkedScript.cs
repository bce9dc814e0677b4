using System.Text;

namespace Tangelo.Regress.Scripts;

/// <summary>A script for psql with a mark behind every step, and in distributed mode the distributing of tables between two marks.</summary>
internal sealed record MarkedScript(IReadOnlyList<Step> Steps, string Plain, string Cluster)
{
    public const string Mark = "@@tangelo ";
    public const string SetupMark = "@@setup";

    public static MarkedScript Make(string text, Mode mode)
    {
        var steps = ScriptSplitter.Split(text);
        var tables = TableMaker.For(steps);
        var plain = new StringBuilder();
        var cluster = new StringBuilder();
        for (var n = 0; n < steps.Count; n++)
        {
            Both(plain, cluster, steps[n].Text + "\n" + steps[n].Data);
            Both(plain, cluster, $"\\echo '{Mark}{n}' :SQLSTATE\n");
            if (mode == Mode.Distributed && tables.Table(steps[n]) is { } table)
            {
                plain.Append(TableMaker.Nothing).Append('\n');
                cluster.Append(tables.Distribute(table)).Append('\n');
                Both(plain, cluster, $"\\echo '{SetupMark}'\n");
            }
        }
        return new MarkedScript(steps, plain.ToString(), cluster.ToString());
    }

    private static void Both(StringBuilder plain, StringBuilder cluster, string text)
    {
        plain.Append(text);
        cluster.Append(text);
    }
}
