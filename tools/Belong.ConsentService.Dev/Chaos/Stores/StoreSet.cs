using Belong.ConsentService.Testing;

namespace Belong.ConsentService.Dev.Chaos.Stores;

/// <summary>The stores that both instances share.</summary>
internal sealed record StoreSet(PostgresServer Postgres, RedisSide Redis)
{
    public IReadOnlyList<int> PostgresPorts => [Postgres.Port];
}
