using System.Collections.Concurrent;
using Tangelo.Core;
using Tangelo.Workers.Pooling;

namespace Tangelo.Server.Hosting;

/// <summary>The schemas with copies of functions that this router knows to be on the nodes of a database.</summary>
internal sealed class NodeSchemas
{
    private readonly ConcurrentDictionary<(GroupId Group, string Schema), bool> _known = new();

    /// <summary>Makes a schema that is not known to be there, over a connection of its own.</summary>
    /// <param name="pool">The node's, of a superuser.</param>
    /// <param name="group">The node.</param>
    /// <param name="schema">The schema's name.</param>
    /// <param name="script">Makes it, if it is not there.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">The node's error.</exception>
    public async ValueTask MakeAsync(WorkerPool pool, GroupId group, string schema, Func<string> script, CancellationToken cancellation)
    {
        if (_known.ContainsKey((group, schema)))
            return;
        var connection = await pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
        try
        {
            await connection.QueryAsync(script(), cancellation).ConfigureAwait(false);
        }
        finally
        {
            pool.Return(connection);
        }

        _known[(group, schema)] = true;
    }

    /// <summary>It is not there any more.</summary>
    public void Forget(GroupId group, string schema) => _known.TryRemove((group, schema), out _);
}
