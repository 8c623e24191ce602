using Belong.ConsentService.Database;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Tests.Database;

namespace Belong.ConsentService.Tests.Lookup;

public sealed class DatabaseReadsTests(FactsFixture facts) : IClassFixture<FactsFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("m1", """{"use_stops":[{"at":"2026-04-01T00:00:00Z"}]}""")]
    [InlineData("m2", """{"statuses":[{"status":"GONE"}]}""")]
    public async Task A_record_that_cannot_be_understood_cannot_be_read(string id, string record)
    {
        var reads = new DatabaseReads(facts.Database, facts.Source, new Lineage(), new LookupSettings(), TimeProvider.System);
        await using var command = facts.Source.CreateCommand($"INSERT INTO member (id, facts) VALUES ('{id}', '{record}')");
        await command.ExecuteNonQueryAsync();
        await Assert.ThrowsAsync<FactsUnreadableException>(() => reads.ReadAsync(id, Soon, CancellationToken.None));
        await Assert.ThrowsAsync<FactsUnreadableException>(() => reads.ReadAnewAsync(id, null, Soon, CancellationToken.None));
    }
}
