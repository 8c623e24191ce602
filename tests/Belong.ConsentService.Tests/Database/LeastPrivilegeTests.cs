using System.Runtime.CompilerServices;
using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Tests.Access;
using Belong.ConsentService.Tests.Audience;
using Belong.ConsentService.Tests.Hosting;
using Belong.ConsentService.Tests.Registry;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Database;

/// <summary>The roles of docs/sql/roles.sql: one migrates, the other runs the service and can change nothing of the schema.</summary>
public sealed class LeastPrivilegeTests
{
    private const string Password = "of-this-test";

    private readonly string _suffix = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task The_service_does_all_it_does_under_a_role_that_owns_nothing()
    {
        await using var stage = await ServiceStage.CreateAsync();
        await CreateRolesAsync(stage);
        await using (var owner = FactsDataSource.Create(As("consent_owner", stage.Settings().Postgres.ConnectionString)))
        {
            await new FactsDatabase(owner, NullLogger<FactsDatabase>.Instance).MigrateAsync(default);
        }

        await stage.ExecuteAsync($"REVOKE INSERT, UPDATE, DELETE ON schema_migration, access_grants FROM consent_service_{_suffix}");
        var instance = await stage.StartWithPolicyAsync(settings =>
        {
            settings.Postgres.ConnectionString = As("consent_service", settings.Postgres.ConnectionString);
            settings.Postgres.FeedConnectionString = As("consent_service", settings.Postgres.FeedConnectionString);
            settings.Audit.SharePerMinutePercent = 1_000_000;
            settings.WarmUp.MaxMs = 5_000;
        });
        await instance.RecordAsync("M-1", Registration());
        await instance.RecordAsync("M-2", Registration());
        await instance.RecordAsync("M-2", new MemberChange { Erasure = new Erasure() });
        await ImportAsync(instance, "M-3");
        await stage.WaitUntilCoveredAsync(instance);
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-3")).Outcome);
        Assert.True((await instance.ScreenAsync(Screen.Dm(), ["M-1", "M-2", "M-3"])).Summary.IsComplete);
        Assert.Equal(Outcome.Allow, (await instance.Checks.CheckDisclosureAsync(AccessStage.Claim())).Decision.Outcome);
        await using (await WatchedStream.OpenCurrentAsync(instance))
        {
            await instance.RecordAsync("M-1", OptOut());
        }

        await Waiting.UntilAsync(async () => (await instance.Http.GetStringAsync("/metrics")).Contains("consent_audit_passes_total{walk=\"members\"}", StringComparison.Ordinal));
        await Waiting.UntilAsync(async () => await (await instance.Http.GetAsync(new Uri("/healthz/ready", UriKind.Relative))).Content.ReadAsStringAsync() == "ready\n");
        Assert.Empty(stage.Warnings.Without());
        await AssertRefusedAsync(stage);
    }

    private async Task CreateRolesAsync(ServiceStage stage)
    {
        var database = new NpgsqlConnectionStringBuilder(stage.Settings().Postgres.ConnectionString).Database!;
        var sql = (await File.ReadAllTextAsync(ScriptPath()))
            .Replace("consent_owner", $"consent_owner_{_suffix}", StringComparison.Ordinal)
            .Replace("consent_service", $"consent_service_{_suffix}", StringComparison.Ordinal)
            .Replace("DATABASE consent ", $"DATABASE {database} ", StringComparison.Ordinal);
        foreach (var line in sql.Split(";\n").SelectMany(part => part.Split("\\connect consent\n")))
        {
            // The database is there already.
            if (!line.Contains("CREATE DATABASE", StringComparison.Ordinal) && line.Trim().Length > 0)
            {
                await stage.ExecuteAsync(line);
            }
        }

        await stage.ExecuteAsync($"ALTER DATABASE {database} OWNER TO consent_owner_{_suffix}");
        await stage.ExecuteAsync($"ALTER ROLE consent_owner_{_suffix} PASSWORD '{Password}'; ALTER ROLE consent_service_{_suffix} PASSWORD '{Password}'");
    }

    private string As(string role, string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Username = $"{role}_{_suffix}", Password = Password }.ConnectionString;

    private async Task AssertRefusedAsync(ServiceStage stage)
    {
        await using var service = FactsDataSource.Create(As("consent_service", stage.Settings().Postgres.ConnectionString));
        foreach (var sql in new[]
        {
            "CREATE TABLE other (id int)", "DROP TABLE history", "ALTER TABLE history DISABLE TRIGGER ALL", "TRUNCATE history",
            "DELETE FROM history", "UPDATE history SET actor = ''", "DELETE FROM member", "SET session_replication_role = replica",
            "INSERT INTO access_grants (document) VALUES ('{}')", "UPDATE exception_claim SET caller = ''", "DELETE FROM exception_claim",
        })
        {
            await using var command = service.CreateCommand(sql);
            var error = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Contains(error.SqlState, new[] { PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.RaiseException });
        }
    }

    private static async Task ImportAsync(ServiceInstance instance, string member)
    {
        using var call = instance.Registry.ImportMembers();
        await call.RequestStream.WriteAsync(new ImportMembersRequest { Header = new ImportHeader { Context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString(), Actor = "desk-1" } } });
        await call.RequestStream.WriteAsync(new ImportMembersRequest { Member = new ImportedMember { MemberId = member, Changes = { Registration() } } });
        await call.RequestStream.CompleteAsync();
        Assert.Equal(1, (await call.ResponseAsync).Imported);
    }

    private static string ScriptPath([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/sql/roles.sql"));
}
