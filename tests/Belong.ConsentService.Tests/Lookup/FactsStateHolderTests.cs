using Belong.ConsentService.Lookup;

namespace Belong.ConsentService.Tests.Lookup;

public sealed class FactsStateHolderTests
{
    [Fact]
    public async Task Who_waits_is_told_of_the_next_state_and_of_one_that_has_come_already_at_once()
    {
        var holder = new FactsStateHolder();
        var seen = holder.Current;
        Task[] waiting = [holder.WaitForChangeAsync(seen), holder.WaitForChangeAsync(seen)];
        Assert.All(waiting, wait => Assert.False(wait.IsCompleted));
        holder.Current = seen with { CacheBreaks = 7 };
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(holder.WaitForChangeAsync(seen).IsCompleted);
        Assert.False(holder.WaitForChangeAsync(holder.Current).IsCompleted);
    }

    [Fact]
    public async Task No_state_is_missed_by_who_waits_for_each()
    {
        const int states = 50_000;
        var holder = new FactsStateHolder();
        var waiting = Task.Run(async () =>
        {
            for (var seen = holder.Current; seen.CacheBreaks < states; seen = holder.Current)
            {
                await holder.WaitForChangeAsync(seen);
            }
        });
        for (var i = 1; i <= states; i++)
        {
            holder.Current = FactsState.Unknown with { CacheBreaks = i };
        }

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
