namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>A thread of its own for a connection, which blocks while it waits.</summary>
internal static class LoadThread
{
    public static Task<T> RunAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
