using System.Diagnostics;
using Npgsql;

namespace Tangelo.Acceptance.Tests;

/// <summary>Waiting for what comes about while servers are killed.</summary>
internal static class Waiting
{
    // Recovery looks every two seconds.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Waits for something; a server that is starting counts as "not yet".</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (NpgsqlException) when (since.Elapsed < Limit)
            {
            }

            Assert.True(since.Elapsed < Limit, "It did not come about.");
            await Task.Delay(20);
        }
    }
}
