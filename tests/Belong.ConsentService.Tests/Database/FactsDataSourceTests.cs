using Belong.ConsentService.Database;
using Npgsql;

namespace Belong.ConsentService.Tests.Database;

public class FactsDataSourceTests
{
    [Theory]
    [InlineData("Host=one,two", 1)]
    [InlineData("Host=one,two;Host Recheck Seconds=7", 7)]
    public async Task Of_several_hosts_one_that_was_down_is_soon_tried_again(string connectionString, int seconds)
    {
        await using var source = FactsDataSource.Create(connectionString);

        Assert.Equal(seconds, new NpgsqlConnectionStringBuilder(source.ConnectionString).HostRecheckSeconds);
    }
}
