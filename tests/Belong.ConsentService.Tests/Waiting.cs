namespace Belong.ConsentService.Tests;

/// <summary>Waits for what happens elsewhere.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static Task UntilAsync(Func<bool> condition, object? log = null) => UntilAsync(() => Task.FromResult(condition()), log);

    /// <param name="log">Goes into the message of the failure.</param>
    public static async Task UntilAsync(Func<Task<bool>> condition, object? log = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Bound, $"it did not happen in time\n{log}");
            await Task.Delay(5);
        }
    }
}
