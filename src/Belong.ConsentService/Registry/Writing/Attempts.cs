namespace Belong.ConsentService.Registry;

/// <summary>Tries a write again when another one was in its way.</summary>
internal static class Attempts
{
    private const int BackOffMs = 5;

    public static async Task<T> RunAsync<T>(int max, Func<CancellationToken, Task<T>> write, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await write(ct);
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
