using Belong.ConsentService.Audience;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Tests.Cache;
using Belong.ConsentService.Tests.Database;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>The database notes at which instants facts begin and end, whoever writes them.</summary>
public sealed class BoundaryTests(FactsFixture facts) : IClassFixture<FactsFixture>
{
    private const string Past = "2020-01-01T00:00:00Z";

    [Fact]
    public async Task Instants_to_come_are_noted_wherever_they_stand_and_in_the_order_of_time()
    {
        await PutAsync("B-1", $$"""
            {"statuses":[{"at":"{{Past}}"},{"at":"2191-01-01T00:00:00Z"}],"survey_opt_ins":["2191-01-01T00:00:00.5Z"],
             "deep":{"er":[[["2191-01-01T00:00:00.000000001Z"]],"2191-01-01T00:00:01z"]},"twice":"2191-01-01T00:00:00Z"}
            """);
        Assert.Equal(
            ["2191-01-01T00:00:00.000000000", "2191-01-01T00:00:00.000000001", "2191-01-01T00:00:00.500000000", "2191-01-01T00:00:01.000000000"],
            await ReadAsync("B-1"));
    }

    [Theory]
    [InlineData("2191-01-01")]
    [InlineData("2191-01-01T00:00:00")]
    [InlineData("2191-01-01 00:00:00Z")]
    [InlineData("2191-01-01T00:00:00.Z")]
    [InlineData("2191-01-01T00:00:00.1234567890Z")]
    [InlineData("x2191-01-01T00:00:00Z")]
    [InlineData("2191-01-01T00:00:00Zx")]
    [InlineData("９191-01-01T00:00:00Z")]
    public async Task What_has_another_form_is_not_noted(string text)
    {
        await PutAsync("B-2", $$"""{"ref":"{{text}}","number":2191,"nothing":null,"flag":true}""");
        Assert.Empty(await ReadAsync("B-2"));
    }

    [Theory]
    [InlineData("""{"ref":"2191-13-45T99:99:99Z"}""")]
    [InlineData("""{"ref":"2191-02-30T00:00:00.123Z\u00e9"}""")]
    [InlineData("\"2191-01-01T00:00:00Z\"")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("2191")]
    public async Task Nothing_that_stands_in_facts_makes_a_write_fail(string json)
    {
        await PutAsync("B-3", json);
        await PutAsync("B-3", json);
    }

    [Fact]
    public async Task A_change_replaces_what_was_noted_of_the_member_and_of_nobody_else()
    {
        await PutAsync("B-4", """{"at":"2191-01-01T00:00:00Z","to":"2192-01-01T00:00:00Z"}""");
        await PutAsync("B-5", """{"at":"2191-01-01T00:00:00Z"}""");
        await PutAsync("B-4", """{"at":"2193-01-01T00:00:00Z","to":"2192-01-01T00:00:00Z"}""");
        Assert.Equal(["2192-01-01T00:00:00.000000000", "2193-01-01T00:00:00.000000000"], await ReadAsync("B-4"));
        Assert.Equal(["2191-01-01T00:00:00.000000000"], await ReadAsync("B-5"));

        await PutAsync("B-4", "{}");
        Assert.Empty(await ReadAsync("B-4"));
    }

    [Fact]
    public async Task What_is_just_past_is_noted_too_as_clocks_differ()
    {
        var (recent, old) = (DateTimeOffset.UtcNow.AddMinutes(-50), DateTimeOffset.UtcNow.AddMinutes(-70));
        await PutAsync("B-6", $$"""{"at":"{{Instant.From(recent)}}","before":"{{Instant.From(old)}}"}""");
        Assert.Equal([ChangedMembers.TextOf(Instant.From(recent))], await ReadAsync("B-6"));
    }

    [Fact]
    public Task What_the_service_writes_of_an_instant_is_found() => Gen.Select(Gen.Long[0, Instant.End.UnixNanoseconds], Gen.Int[0, 9]).SampleAsync(
        async (ns, decimals) =>
        {
            var precision = (long)Math.Pow(10, 9 - decimals);
            var instant = new Instant(ns / precision * precision);
            var json = FactsJson.Write(new MemberFacts { SurveyOptIns = [instant] });
            await using var command = facts.Source.CreateCommand("SELECT instant FROM facts_instants($1::jsonb, '{\"since\": \"0\"}') instant");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = System.Text.Encoding.UTF8.GetString(json) });
            Assert.Equal(ChangedMembers.TextOf(instant), (string?)await command.ExecuteScalarAsync());
        },
        iter: 500,
        threads: 1);

    [Fact]
    public async Task All_instants_of_a_member_are_found()
    {
        foreach (var member in GoldenMembers.All.Values.OfType<MemberFacts>())
        {
            var json = System.Text.Encoding.UTF8.GetString(FactsJson.Write(member));
            await using var command = facts.Source.CreateCommand("SELECT count(*) FROM facts_instants($1::jsonb, '{\"since\": \"0\"}')");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = json });
            Assert.Equal(System.Text.RegularExpressions.Regex.Count(json, "\"\\d{4}-\\d\\d-\\d\\dT[^\"]*Z\""), (long)(await command.ExecuteScalarAsync())!);
        }
    }

    [Fact]
    public async Task What_is_in_the_database_when_it_is_brought_up_to_date_is_noted()
    {
        await using var source = FactsDataSource.Create(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        var migrations = Migration.ReadAll();
        await new Migrator(source, migrations[..2], NullLogger.Instance).RunAsync(default);
        await ExecuteAsync(source, $$"""INSERT INTO member (id, facts) VALUES ('M-1', '{"at":"{{Past}}","to":"2191-01-01T00:00:00Z","again":"2191-01-01T00:00:00Z"}'), ('M-2', '{}')""");
        await new Migrator(source, migrations, NullLogger.Instance).RunAsync(default);
        Assert.Equal(["M-1 2191-01-01T00:00:00.000000000"], await ReadAsync(source, "SELECT member_id || ' ' || at FROM member_boundary"));
    }

    private Task PutAsync(string id, string json) => ExecuteAsync(
        facts.Source, $"INSERT INTO member (id, facts) VALUES ('{id}', '{json}') ON CONFLICT (id) DO UPDATE SET facts = EXCLUDED.facts");

    private Task<List<string>> ReadAsync(string id) => ReadAsync(facts.Source, $"SELECT at FROM member_boundary WHERE member_id = '{id}' ORDER BY at");

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<string>> ReadAsync(NpgsqlDataSource source, string sql)
    {
        var texts = new List<string>();
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
