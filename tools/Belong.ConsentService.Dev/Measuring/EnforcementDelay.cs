using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Npgsql;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>
/// How long it takes from a commit in PostgreSQL to the first check over gRPC that shows it, or until a
/// watch tells of it: single changes, one after the other, at rest. The time counts from before COMMIT is
/// sent, so that it is rather too long than too short.
/// </summary>
internal static class EnforcementDelay
{
    private const int WarmUps = 100;

    /// <param name="firstMember">From here on there are members who are changed, twice each; every fifth is taken.</param>
    public static Task<Distribution> MeasureAsync(NpgsqlDataSource database, ConsentCheck.ConsentCheckClient checks, int changes, int warmUps = WarmUps, int firstMember = 1) =>
        MeasureAsync(database, changes, warmUps, firstMember, (member, isAllowed) => () => AskUntilAsync(checks, member, isAllowed));

    /// <summary>As told by a watch; nothing is asked meanwhile.</summary>
    public static async Task<Distribution> MeasureToldAsync(NpgsqlDataSource database, ConsentAudience.ConsentAudienceClient audience, int changes)
    {
        await using var watch = await WatchFromOutside.StartAsync(audience);
        return await MeasureAsync(database, changes, WarmUps, 1, (member, isAllowed) =>
        {
            var told = watch.ExpectAsync(member, isAllowed);
            return () => told;
        });
    }

    /// <param name="expect">Called before the change is committed; what it returns ends when the change shows.</param>
    private static async Task<Distribution> MeasureAsync(NpgsqlDataSource database, int changes, int warmUps, int firstMember, Func<int, bool, Func<Task>> expect)
    {
        var delays = new List<double>(changes);
        await using var connection = await database.OpenConnectionAsync();
        for (var i = 0; i < warmUps + changes; i++)
        {
            // Each member twice in a row: out, and back in.
            var isOptedOut = i % 2 == 0;
            var member = firstMember + (i / 2 * 5);
            var delay = await MeasureOneAsync(connection, member, isOptedOut, expect(member, !isOptedOut));
            if (i >= warmUps)
            {
                delays.Add(delay.TotalMilliseconds);
            }

            await Task.Delay(Random.Shared.Next(2, 10));
        }

        return new Distribution(delays);
    }

    private static async Task<TimeSpan> MeasureOneAsync(NpgsqlConnection connection, int member, bool isOptedOut, Func<Task> untilShownAsync)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("UPDATE member SET facts = $1 WHERE id = $2", connection, transaction);
        command.Parameters.Add(MeasuredService.Json(FactsJson.Write(isOptedOut ? MeasuredService.OptedOut : MeasuredService.Plain)));
        command.Parameters.Add(new NpgsqlParameter { Value = MeasuredService.MemberId(member) });
        await command.ExecuteNonQueryAsync();
        var start = TimeProvider.System.GetTimestamp();
        await transaction.CommitAsync();
        await untilShownAsync();
        return TimeProvider.System.GetElapsedTime(start);
    }

    private static async Task AskUntilAsync(ConsentCheck.ConsentCheckClient checks, int member, bool isAllowed)
    {
        var expected = isAllowed ? Outcome.Allow : Outcome.Deny;
        while ((await checks.CheckUseAsync(MeasuredService.Ask(member))).Decision.Outcome != expected)
        {
        }
    }
}
