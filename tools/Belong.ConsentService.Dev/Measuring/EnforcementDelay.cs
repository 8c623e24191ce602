using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Npgsql;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>
/// How long it takes from a commit in PostgreSQL to the first check over gRPC that shows it: single
/// changes, one after the other, at rest. The time counts from before COMMIT is sent, so that it is
/// rather too long than too short.
/// </summary>
internal static class EnforcementDelay
{
    private const int WarmUps = 100;

    /// <param name="firstMember">From here on there are members who are changed, twice each; every fifth is taken.</param>
    public static async Task<Distribution> MeasureAsync(NpgsqlDataSource database, ConsentCheck.ConsentCheckClient checks, int changes, int warmUps = WarmUps, int firstMember = 1)
    {
        var delays = new List<double>(changes);
        await using var connection = await database.OpenConnectionAsync();
        for (var i = 0; i < warmUps + changes; i++)
        {
            // Each member twice in a row: out, and back in.
            var isOptedOut = i % 2 == 0;
            var delay = await MeasureOneAsync(checks, connection, firstMember + (i / 2 * 5), isOptedOut);
            if (i >= warmUps)
            {
                delays.Add(delay.TotalMilliseconds);
            }

            await Task.Delay(Random.Shared.Next(2, 10));
        }

        return new Distribution(delays);
    }

    private static async Task<TimeSpan> MeasureOneAsync(ConsentCheck.ConsentCheckClient checks, NpgsqlConnection connection, int member, bool isOptedOut)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("UPDATE member SET facts = $1 WHERE id = $2", connection, transaction);
        command.Parameters.Add(MeasuredService.Json(FactsJson.Write(isOptedOut ? MeasuredService.OptedOut : MeasuredService.Plain)));
        command.Parameters.Add(new NpgsqlParameter { Value = MeasuredService.MemberId(member) });
        await command.ExecuteNonQueryAsync();
        var start = TimeProvider.System.GetTimestamp();
        await transaction.CommitAsync();
        var expected = isOptedOut ? Outcome.Deny : Outcome.Allow;
        while ((await checks.CheckUseAsync(MeasuredService.Ask(member))).Decision.Outcome != expected)
        {
        }

        return TimeProvider.System.GetElapsedTime(start);
    }
}
