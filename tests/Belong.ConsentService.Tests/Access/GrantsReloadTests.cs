using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Access.AccessStage;

namespace Belong.ConsentService.Tests.Access;

/// <summary>New grants take the place of the old ones while calls go on; what cannot be used does not.</summary>
public sealed class GrantsReloadTests(AccessStage stage) : IClassFixture<AccessStage>
{
    [Fact]
    public async Task A_new_file_is_in_force_at_once_and_a_bad_one_is_named_counted_and_without_effect()
    {
        using var grants = new WrittenGrants().Write(1, WrittenGrants.Everything("shop", "one"));
        var instance = await stage.StartAsync(grants.Apply);
        Assert.Equal(("OK", "Unauthenticated UNAUTHENTICATED"), (await AskAsync(instance, Bearer("one")), await AskAsync(instance, Bearer("two"))));

        grants.Write(2, WrittenGrants.Everything("shop", "one", "two"));
        await Waiting.UntilAsync(async () => await AskAsync(instance, Bearer("two")) == "OK");
        Assert.Equal("OK", await AskAsync(instance, Bearer("one")));
        Assert.Equal(2, await ReadMetricAsync(instance, "consent_grants_version"));

        var bad = WrittenGrants.Everything("shop", "three");
        bad.Purposes = [9];
        grants.Write(3, bad);
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_grants_refused") == 1);
        Assert.Equal(("OK", "OK"), (await AskAsync(instance, Bearer("one")), await AskAsync(instance, Bearer("two"))));
        Assert.Equal((2, 1), (await ReadMetricAsync(instance, "consent_grants_version"), await ReadMetricAsync(instance, "consent_grants_reloads_total{result=\"refused\"}")));
        Assert.Contains(stage.Stage.Warnings.Without(), line => line.Contains("version 2 stands: callers[0].purposes is 9: 1 to 8 is allowed", StringComparison.Ordinal));

        File.Delete(grants.Path);
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_grants_reloads_total{result=\"unreadable\"}") == 1);
        Assert.Equal("OK", await AskAsync(instance, Bearer("two")));

        // Who was taken out does not come back with an older version.
        grants.Write(1, WrittenGrants.Everything("shop", "zero", "one", "two"));
        await Waiting.UntilAsync(() => stage.Stage.Warnings.Without().Any(line => line.Contains("version 2 stands: version is 1: a number of at least 2, the version in force, is required", StringComparison.Ordinal)));
        Assert.Equal("Unauthenticated UNAUTHENTICATED", await AskAsync(instance, Bearer("zero")));

        grants.Write(4, WrittenGrants.Everything("shop", "two"));
        await Waiting.UntilAsync(async () => await AskAsync(instance, Bearer("one")) == "Unauthenticated UNAUTHENTICATED");
        Assert.Equal((4, 0), (await ReadMetricAsync(instance, "consent_grants_version"), await ReadMetricAsync(instance, "consent_grants_refused")));
    }

    [Fact]
    public async Task Without_a_file_that_can_be_used_the_service_does_not_start()
    {
        using var grants = new WrittenGrants();
        await Assert.ThrowsAsync<GrantsUnreadableException>(() => stage.Stage.StartAsync(grants.Apply));
        grants.Write([]);
        await Assert.ThrowsAsync<InvalidGrantsException>(() => stage.Stage.StartAsync(grants.Apply));
        grants.Write("{}"u8);
        var refused = await Assert.ThrowsAsync<InvalidGrantsException>(() => stage.Stage.StartAsync(grants.Apply));
        Assert.Equal(2, refused.Errors.Count);
    }

    [Fact]
    public async Task In_the_database_the_newest_row_is_in_force_and_nobody_is_let_in_before_there_is_one()
    {
        var instance = await stage.StartAsync(settings => settings.Access = new() { GrantsInDatabase = true, ReloadMs = 20 });
        Assert.Equal("Unavailable GRANTS_UNKNOWN", await AskAsync(instance, Bearer("one")));
        Assert.Contains("who may ask is not known", await ReadyAsync(instance), StringComparison.Ordinal);
        Assert.Equal("Unauthenticated UNAUTHENTICATED", await AskAsync(instance, null));

        await InsertAsync(WrittenGrants.Bytes(5, WrittenGrants.Everything("shop", "one")));
        await Waiting.UntilAsync(async () => await AskAsync(instance, Bearer("one")) == "OK");
        Assert.DoesNotContain("who may ask", await ReadyAsync(instance), StringComparison.Ordinal);
        Assert.InRange(await ReadMetricAsync(instance, "consent_grants_age_seconds"), 0, 30);
        await InsertAsync("{\"version\": 6}"u8.ToArray());
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_grants_refused") == 1);
        Assert.Equal("OK", await AskAsync(instance, Bearer("one")));
        foreach (var sql in new[] { "UPDATE access_grants SET document = '{}'", "DELETE FROM access_grants", "TRUNCATE access_grants" })
        {
            await Assert.ThrowsAsync<Npgsql.PostgresException>(() => stage.Stage.ExecuteAsync(sql));
        }

        await InsertAsync(WrittenGrants.Bytes(7, WrittenGrants.Everything("shop", "two")));
        await Waiting.UntilAsync(async () => await AskAsync(instance, Bearer("two")) == "OK");
        Assert.Equal("Unauthenticated UNAUTHENTICATED", await AskAsync(instance, Bearer("one")));
    }

    private static async Task<string> ReadyAsync(ServiceInstance instance) => await (await instance.Http.GetAsync("/healthz/ready")).Content.ReadAsStringAsync();

    private Task InsertAsync(byte[] document) =>
        stage.Stage.ExecuteAsync($"INSERT INTO access_grants (document) VALUES ('{System.Text.Encoding.UTF8.GetString(document)}')");
}
