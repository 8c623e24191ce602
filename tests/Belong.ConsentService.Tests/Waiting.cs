namespace Belong.ConsentService.Tests;

/// <summary>Waits for what happens elsewhere.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FailoverBound = TimeSpan.FromSeconds(150);

    /// <summary>For a failover of the stores: the client of Redis may need several of its own timeouts to follow it.</summary>
    public static Task UntilFollowedAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()), null, FailoverBound);

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    /// <param name="log">Goes into the message of the failure.</param>
    public static async Task UntilAsync(Func<Task<bool>> condition, object? log = null, TimeSpan? bound = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < (bound ?? Bound), $"it did not happen in time\n{log}");
            await Task.Delay(5);
        }
    }
}
