using Npgsql;
using Tangelo.Clients.Npgsql;

// Npgsql on the server that PGHOST and PGPORT name. See ../README.md.
await using (var source = Client.Settings().Build())
{
    await Client.ExecuteAsync(source, "DROP SCHEMA IF EXISTS client_npgsql CASCADE");
    await Client.ExecuteAsync(source, "CREATE SCHEMA client_npgsql");
}

foreach (var (name, part) in new (string, Func<Task>)[]
         {
             ("types", Values.TypesAsync), ("mapped types", Values.MappedAsync), ("binary COPY", Copies.RunAsync), ("prepared", Statements.PreparedAsync), ("batches", Statements.BatchesAsync),
             ("transactions", Statements.TransactionsAsync), ("multiplexing", Sessions.MultiplexingAsync), ("pooling", Sessions.PoolingAsync), ("cancelling", Sessions.CancellingAsync),
             ("notifications", Sessions.NotificationsAsync),
         })
{
    Console.WriteLine($"== {name}");
    await part();
}

await using (var source = Client.Settings().Build())
    await Client.ExecuteAsync(source, "DROP SCHEMA client_npgsql CASCADE");
