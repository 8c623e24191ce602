using System.Diagnostics;

namespace Belong.ConsentService.Registry;

/// <summary>Tries a write again when another one was in its way.</summary>
internal static class Attempts
{
    private const int BackOffMs = 5;

    /// <param name="measured">Told when the attempt that succeeded began, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    public static async Task<T> RunAsync<T>(int max, Func<CancellationToken, Task<T>> write, Action<long>? measured, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var begun = Stopwatch.GetTimestamp();
                var written = await write(ct);
                measured?.Invoke(begun);
                return written;
            }
            catch (Npgsql.PostgresException error) when (StoreErrors.IsConflict(error))
            {
                if (attempt == max)
                {
                    throw StoreErrors.Busy();
                }
            }

            await Task.Delay(Random.Shared.Next(1, BackOffMs * attempt), ct);
        }
    }
}
