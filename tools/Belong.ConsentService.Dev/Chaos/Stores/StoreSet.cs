using Belong.ConsentService.Testing.Postgres;
using Npgsql;

namespace Belong.ConsentService.Dev.Chaos.Stores;

/// <summary>The stores that both instances share.</summary>
internal sealed record StoreSet(PostgresPair Postgres, RedisSide Redis)
{
    /// <summary>Of both servers, in the order in which connection strings name them.</summary>
    public IReadOnlyList<int> PostgresPorts { get; } =
        [.. new NpgsqlConnectionStringBuilder(Postgres.ConnectionString).Host!.Split(',').Select(host => int.Parse(host.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture))];
}
