using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>The program as it is started.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Wrong_settings_end_it_with_the_list()
    {
        var (code, said, _) = await ServiceCommand.RunAsync([], ("Consent__Redis__Prefix", "?"), ("Consent__Listen__GrpcPort", "x"), ("Consent__Nonsense", "1"));
        Assert.Equal(2, code);
        Assert.StartsWith("The settings cannot be used:", said, StringComparison.Ordinal);
        foreach (var name in new[] { "Postgres:ConnectionString", "Redis:Configuration", "Redis:Prefix", "Listen:GrpcPort", "Nonsense" })
        {
            Assert.Contains($"\nConsent:{name} ", said.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("json", true)]
    [InlineData("simple", false)]
    public async Task It_logs_as_the_settings_say(string formatter, bool isJson)
    {
        var connectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        (string, string)[] settings =
        [
            ("Consent__Postgres__ConnectionString", connectionString), ("Consent__Redis__Configuration", "127.0.0.1:1"),
            ("Logging__Console__FormatterName", formatter), ("Logging__LogLevel__Microsoft.Extensions.Hosting", "Trace"),
        ];
        Assert.Equal(0, (await ServiceCommand.RunAsync(["migrate"], settings)).Code);
        await using var source = FactsDataSource.Create(connectionString);
        await using var command = source.CreateCommand("UPDATE schema_migration SET checksum = 'other'");
        await command.ExecuteNonQueryAsync();
        // The schema is none of its own: it ends at once.
        var (code, _, output) = await ServiceCommand.RunAsync(["run", "--Consent:Listen:GrpcPort=0", "--Consent:Listen:MetricsPort=0"], settings);
        Assert.Equal(1, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal(isJson, line.StartsWith('{') && System.Text.Json.Nodes.JsonNode.Parse(line)!["LogLevel"] is not null));
    }

    [Fact]
    public async Task Migrating_twice_is_migrating_once_and_a_schema_that_does_not_fit_is_refused()
    {
        var connectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        (string, string)[] settings = [("Consent__Postgres__ConnectionString", connectionString), ("Consent__Redis__Configuration", "127.0.0.1:1")];
        Assert.Equal(0, (await ServiceCommand.RunAsync(["migrate"], settings)).Code);
        Assert.Equal(0, (await ServiceCommand.RunAsync(["migrate"], settings)).Code);
        var (wrong, help, _) = await ServiceCommand.RunAsync(["migrat"], settings);
        Assert.Equal((2, "The command is 'migrat': run, migrate, health or check-grants is allowed"), (wrong, help.Trim()));

        await using var source = FactsDataSource.Create(connectionString);
        await using var command = source.CreateCommand("UPDATE schema_migration SET checksum = 'other'");
        Assert.Equal(Migration.ReadAll().Length, await command.ExecuteNonQueryAsync());
        foreach (var verb in new[] { "migrate", "run" })
        {
            var (code, said, _) = await ServiceCommand.RunAsync([verb, "--Consent:Listen:GrpcPort=0", "--Consent:Listen:MetricsPort=0"], settings);
            Assert.Equal(1, code);
            Assert.Contains("The service cannot run: Migration 0001_facts", said, StringComparison.Ordinal);
        }
    }
}
