using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Tests.Hosting;
using Npgsql;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Upgrades;

/// <summary>The schema only grows, so that the release before works on that of the next: beside it, and after a rollback.</summary>
public sealed class SchemaUpgradeTests
{
    private static readonly string Released = Path.Combine(AppContext.BaseDirectory, "Upgrades", "Released");

    [Fact]
    public void Migrations_take_nothing_away() =>
        Assert.Empty(Migration.ReadAll().SelectMany(migration => MigrationRules.FindBreaks(migration.Name, migration.Sql)));

    [Theory]
    [InlineData("DROP TABLE vendor")]
    [InlineData("DROP INDEX member_changed_xid")]
    [InlineData("ALTER TABLE member DROP COLUMN facts")]
    [InlineData("ALTER TABLE member RENAME COLUMN facts TO fact")]
    [InlineData("ALTER TABLE member ALTER COLUMN version TYPE int")]
    [InlineData("ALTER TABLE member ALTER erasure_due SET NOT NULL")]
    [InlineData("ALTER TABLE history ADD COLUMN site text NOT NULL")]
    [InlineData("ALTER TABLE history ADD CHECK (reason <> '')")]
    [InlineData("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")]
    [InlineData("-- all new\nDELETE FROM vendor")]
    public void What_takes_something_away_is_found(string sql) => Assert.NotEmpty(MigrationRules.FindBreaks("0009_next", $"CREATE TABLE more (id int);\n{sql};"));

    [Theory]
    [InlineData("ALTER TABLE history ADD COLUMN site text")]
    [InlineData("ALTER TABLE history ADD COLUMN site text NOT NULL DEFAULT ''")]
    [InlineData("CREATE INDEX more ON history (actor)")]
    public void What_adds_something_is_not(string sql) => Assert.Empty(MigrationRules.FindBreaks("0009_next", sql));

    /// <summary>One that was applied somewhere is refused when it has changed: lines are only added to the file.</summary>
    [Fact]
    public void Released_migrations_stay_as_they_are()
    {
        var present = Migration.ReadAll().ToDictionary(migration => migration.Name, migration => migration.Checksum);
        Assert.All(File.ReadAllLines(Path.Combine(Released, "migrations")), line => Assert.Equal(line, $"{line.Split(' ')[0]} {present[line.Split(' ')[0]]}"));
    }

    /// <summary>Each statement that the last release sends is one that the present schema understands. As PostgreSQL logged them (log_statement = all).</summary>
    [Fact]
    public async Task The_statements_of_the_last_release_fit_the_newest_schema()
    {
        await using var stage = await ServiceStage.CreateAsync();
        await stage.StartFreshAsync();
        await using var connection = await stage.Database.OpenConnectionAsync();
        var statements = File.ReadAllText(Path.Combine(Released, "statements.sql")).Split("\n;;\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.True(statements.Length >= 20, $"{statements.Length} statements");
        foreach (var statement in statements)
        {
            try
            {
                await using var command = new NpgsqlCommand($"PREPARE released AS {statement}", connection) { AllResultTypesAreUnknown = true };
                await command.ExecuteNonQueryAsync();
                await using var again = new NpgsqlCommand("DEALLOCATE released", connection);
                await again.ExecuteNonQueryAsync();
            }
            catch (PostgresException e)
            {
                Assert.Fail($"{e.MessageText}: {statement}");
            }
        }
    }

    /// <summary>This release on the schema of a next one, as beside it or after a rollback.</summary>
    [Fact]
    public async Task A_schema_that_has_grown_is_worked_on()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var before = await stage.StartWithPolicyAsync();
        await before.RecordAsync("G-1", Registration());
        await stage.ExecuteAsync("""
            ALTER TABLE member ADD COLUMN note text;
            ALTER TABLE history ADD COLUMN site text NOT NULL DEFAULT 'here';
            ALTER TABLE vendor ADD COLUMN note text;
            ALTER TABLE lineage ADD COLUMN note text;
            ALTER TABLE facts_identity ADD COLUMN note text;
            ALTER TABLE exception_claim ADD COLUMN note text;
            CREATE TABLE more (id bigint PRIMARY KEY);
            CREATE INDEX more_history ON history (actor);
            INSERT INTO schema_migration (name, checksum) VALUES ('0999_next', 'f00d')
            """);
        // The one that was there goes on, and one that starts says what it found.
        await UseAllAsync(stage, before, "G-1");
        var after = await stage.StartFreshAsync();
        Assert.Contains(stage.Warnings.Without(), line => line.Contains("The database has migration 0999_next of a newer version of this program", StringComparison.Ordinal));
        await after.RecordAsync("G-2", Registration());
        await UseAllAsync(stage, after, "G-2");
    }

    private static async Task UseAllAsync(ServiceStage stage, ServiceInstance instance, string member)
    {
        var token = await instance.RecordAsync(member, new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } });
        var decision = await instance.UseAsync(member, token, default, Purpose.DirectMarketing);
        Assert.Equal(ReasonCode.DmOptedOut, decision.Reasons.Single());
        await instance.RecordPolicyAsync();
        await stage.WaitUntilCoveredAsync(instance);
        Assert.Equal(FactsSource.Cache, (await instance.UseAsync(member)).Basis.Source);
        Assert.Equal(2, (await instance.Registry.GetMemberHistoryAsync(new() { MemberId = member })).Entries.Count);
        token = await instance.RecordAsync(member, new MemberChange { Erasure = new Erasure() });
        Assert.Equal(ReasonCode.MemberErased, (await instance.UseAsync(member, token, default)).Reasons.Single());
    }
}
