using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Tangelo.Clients.EfCore;

// EF Core with its provider for PostgreSQL on the server that PGHOST and PGPORT name. See ../README.md.
await using (var shop = new Shop())
{
    await shop.Database.ExecuteSqlRawAsync($"DROP SCHEMA IF EXISTS {Shop.Schema} CASCADE");
    await ((IRelationalDatabaseCreator)shop.Database.GetService<IDatabaseCreator>()).CreateTablesAsync();
    if (Environment.GetEnvironmentVariable("TANGELO_DISTRIBUTE") == "1")
    {
        await shop.Database.ExecuteSqlRawAsync($"SELECT create_distributed_table('{Shop.Schema}.\"Customers\"', 'Id')");
        await shop.Database.ExecuteSqlRawAsync($"SELECT create_distributed_table('{Shop.Schema}.\"Orders\"', 'CustomerId')");
    }
}

Console.WriteLine("== saving");
await using (var shop = new Shop())
{
    for (var n = 1; n <= 30; n++)
        shop.Customers.Add(new Customer
        {
            Name = $"customer {n:00}",
            Tags = n % 2 == 0 ? ["even", $"{n}"] : [],
            Address = n % 3 == 0 ? null : new Address { Street = $"street {n}", Town = n % 5 == 0 ? null : "town" },
            Orders = [.. Enumerable.Range(1, n % 4).Select(i => new Order { Number = i, At = new DateTime(2024, 1, n, i, 0, 0, DateTimeKind.Utc), Total = n * i + 0.25m, State = (OrderState)(i % 2) })],
        });
    Say("saved", await shop.SaveChangesAsync());
    Say("keys", string.Join(",", shop.Customers.Local.Select(c => c.Id).Order()));
}

Console.WriteLine("== queries");
await using (var shop = new Shop())
{
    Say("count", await shop.Customers.CountAsync());
    Say("one", await shop.Customers.Where(c => c.Name == "customer 07").Select(c => new { c.Name, c.Address!.Street, c.Address.Town, Tags = c.Tags.Count, Orders = c.Orders.Count }).SingleAsync());
    var name = "customer 06";
    var six = await shop.Customers.Include(c => c.Orders.OrderBy(o => o.Number)).SingleAsync(c => c.Name == name);
    Say("with orders", $"{six.Name} {string.Join("/", six.Tags)} {string.Join(";", six.Orders.Select(o => $"{o.Number} {o.Total} {o.State} {o.At:O}"))}");
    Say("found", (await shop.Orders.FindAsync(six.Id, 2))?.Total);
    Say("sums", string.Join(";", await shop.Orders.GroupBy(o => o.State).OrderBy(g => g.Key).Select(g => new { g.Key, Sum = g.Sum(o => o.Total), Average = g.Average(o => o.Total), Last = g.Max(o => o.At) }).ToListAsync()));
    Say("page", string.Join(";", await shop.Customers.OrderByDescending(c => c.Name).Skip(5).Take(3).Select(c => c.Name).ToListAsync()));
    Say("top", string.Join(";", await shop.Customers.Where(c => c.Orders.Any(o => o.Total > 80)).OrderBy(c => c.Name).Select(c => new { c.Name, Most = c.Orders.Max(o => o.Total) }).ToListAsync()));
    Say("tagged", await shop.Customers.CountAsync(c => c.Tags.Contains("even")));
    Say("in jsonb", string.Join(";", await shop.Customers.Where(c => c.Address!.Town == null && c.Address.Street.StartsWith("street")).OrderBy(c => c.Name).Select(c => c.Address!.Street).ToListAsync()));
    int[] some = [1, 2, 3];
    Say("of some numbers", await shop.Orders.Where(o => some.Contains(o.Number)).SumAsync(o => o.Total));
    Say("like", string.Join(";", await shop.Customers.Where(c => EF.Functions.ILike(c.Name, "CUSTOMER 1%")).OrderBy(c => c.Name).Select(c => c.Name.ToUpper()).ToListAsync()));
    var joined = from c in shop.Customers join o in shop.Orders on c.Id equals o.CustomerId where o.State == OrderState.Paid orderby o.Total descending, c.Name select new { c.Name, o.Total };
    Say("joined", string.Join(";", await joined.Take(4).ToListAsync()));
    Say("left join", await shop.Customers.SelectMany(c => c.Orders.DefaultIfEmpty(), (c, o) => o == null ? 0 : o.Total).SumAsync());
    Say("split", (await shop.Customers.AsSplitQuery().AsNoTracking().Include(c => c.Orders).Where(c => c.Tags.Count > 0).ToListAsync()).Sum(c => c.Orders.Count));
    Say("raw", string.Join(";", await shop.Customers.FromSql($"""SELECT * FROM client_efcore."Customers" WHERE "Name" < {name}""").OrderBy(c => c.Name).Select(c => c.Name).ToListAsync()));
    Say("union", await shop.Customers.Select(c => c.Name).Union(shop.Orders.Select(o => "order")).CountAsync());
    var streamed = 0;
    await foreach (var order in shop.Orders.AsNoTracking().AsAsyncEnumerable())
        streamed += order.Number;
    Say("streamed", streamed);
}

Console.WriteLine("== changes");
await using (var shop = new Shop())
{
    var seven = await shop.Customers.Include(c => c.Orders).SingleAsync(c => c.Name == "customer 07");
    seven.Name = "customer seven";
    seven.Tags.Add("renamed");
    seven.Address!.Town = "another";
    seven.Orders.RemoveAll(o => o.Number == 1);
    seven.Orders.Add(new Order { Number = 9, At = new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc), Total = 9.99m });
    Say("saved", await shop.SaveChangesAsync());
    Say("nothing to save", await shop.SaveChangesAsync());
    seven.Orders.Single(o => o.Number == 9).Total = 10;
    Say("once more", await shop.SaveChangesAsync());
}

await using (var shop = new Shop())
await using (var other = new Shop())
{
    var mine = await shop.Customers.SingleAsync(c => c.Name == "customer seven");
    var theirs = await other.Customers.SingleAsync(c => c.Name == "customer seven");
    theirs.Tags.Add("theirs");
    await other.SaveChangesAsync();
    mine.Tags.Add("mine");
    try
    {
        Say("saved", await shop.SaveChangesAsync());
    }
    catch (DbUpdateConcurrencyException e)
    {
        Say("changed meanwhile", e.Entries.Count);
        await e.Entries[0].ReloadAsync();
        mine.Tags.Add("mine");
        Say("then", $"{await shop.SaveChangesAsync()} {string.Join("/", mine.Tags)}");
    }

    shop.Customers.Remove(await shop.Customers.SingleAsync(c => c.Name == "customer 03"));
    Say("removed", $"{await shop.SaveChangesAsync()} {await shop.Orders.CountAsync()}");
    Say("updated", await shop.Orders.Where(o => o.State == OrderState.New && o.Total < 30).ExecuteUpdateAsync(s => s.SetProperty(o => o.Total, o => o.Total + 1)));
    Say("deleted", await shop.Orders.Where(o => o.Customer!.Name == "customer 11").ExecuteDeleteAsync());
    shop.Orders.Add(new Order { CustomerId = mine.Id, Number = 77, At = DateTime.UnixEpoch, Total = 1 });
    shop.Orders.Add(new Order { CustomerId = -1, Number = 1, At = DateTime.UnixEpoch, Total = 1 });
    try
    {
        await shop.SaveChangesAsync();
    }
    catch (DbUpdateException e)
    {
        Say("refused", $"{(e.InnerException as PostgresException)?.SqlState} {(e.InnerException as PostgresException)?.ConstraintName}");
    }

    Say("none of both", await other.Orders.CountAsync(o => o.Number == 77));
}

Console.WriteLine("== transactions");
await using (var shop = new Shop())
{
    await using (var transaction = await shop.Database.BeginTransactionAsync())
    {
        await shop.Orders.ExecuteDeleteAsync();
        await transaction.CreateSavepointAsync("s");
        await shop.Customers.ExecuteDeleteAsync();
        await transaction.RollbackToSavepointAsync("s");
        Say("in it", $"{await shop.Customers.CountAsync()} {await shop.Orders.CountAsync()}");
    }

    Say("after it", $"{await shop.Customers.CountAsync()} {await shop.Orders.CountAsync()}");
    await using (var transaction = await shop.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead))
    {
        shop.Customers.Add(new Customer { Name = "last" });
        await shop.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    Say("committed", await shop.Customers.OrderByDescending(c => c.Id).Select(c => c.Name).FirstAsync());
}

var counts = await Task.WhenAll(Enumerable.Range(0, 12).Select(async n =>
{
    await using var shop = new Shop();
    var name = $"customer {n + 12:00}";
    var customer = await shop.Customers.SingleAsync(c => c.Name == name);
    customer.Tags.Add("at once");
    return await shop.SaveChangesAsync();
}));
await using (var shop = new Shop())
{
    Say("12 at once", $"{counts.Sum()} {await shop.Customers.CountAsync(c => c.Tags.Contains("at once"))}");
    await shop.Database.ExecuteSqlRawAsync($"DROP SCHEMA {Shop.Schema} CASCADE");
}

static void Say(string what, object? value) => Console.WriteLine(FormattableString.Invariant($"{what}: {value}"));
