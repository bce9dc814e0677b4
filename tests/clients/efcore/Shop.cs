using Microsoft.EntityFrameworkCore;

namespace Tangelo.Clients.EfCore;

/// <summary>A customer, who has orders; every row is told apart by the customer's key first.</summary>
internal sealed class Customer
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public List<string> Tags { get; set; } = [];

    public Address? Address { get; set; }

    /// <summary>Who changes a row that another has changed meanwhile fails.</summary>
    public uint Version { get; set; }

    public List<Order> Orders { get; set; } = [];
}

/// <summary>A part of the customer, kept as jsonb.</summary>
internal sealed class Address
{
    public string Street { get; set; } = "";

    public string? Town { get; set; }
}

internal enum OrderState
{
    New,
    Paid,
}

internal sealed class Order
{
    public int CustomerId { get; set; }

    public int Number { get; set; }

    public DateTime At { get; set; }

    public decimal Total { get; set; }

    public OrderState State { get; set; }

    public Customer? Customer { get; set; }
}

/// <summary>The tables of the program, in a schema of their own.</summary>
internal sealed class Shop : DbContext
{
    public const string Schema = "client_efcore";

    private static readonly string Settings =
        $"Host={Variable("PGHOST", "localhost")};Port={Variable("PGPORT", "5432")};Username={Variable("PGUSER", "postgres")};Database={Variable("PGDATABASE", "postgres")};"
        + "Timezone=UTC;Options=-c client_min_messages=warning";

    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Order> Orders => Set<Order>();

    protected override void OnConfiguring(DbContextOptionsBuilder options) =>
        options.UseNpgsql(Settings, o => o.MaxBatchSize(20));

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.HasDefaultSchema(Schema);
        model.Entity<Customer>(customer =>
        {
            customer.Property(c => c.Id).ValueGeneratedOnAdd();
            customer.Property(c => c.Version).IsRowVersion();
            customer.OwnsOne(c => c.Address, a => a.ToJson());
        });
        model.Entity<Order>(order =>
        {
            order.HasKey(o => new { o.CustomerId, o.Number });
            order.Property(o => o.Total).HasPrecision(12, 2);
            order.HasIndex(o => o.At);
        });
    }

    private static string Variable(string name, string otherwise) => Environment.GetEnvironmentVariable(name) ?? otherwise;
}
