using System.Text;
using Belong.ConsentService.Cli.Audience;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>Chunks of one id each, across streams that break off.</summary>
public class ChunkQueueTests
{
    private const int MaxUnanswered = 8;

    [Fact]
    public async Task What_a_stream_left_unanswered_is_sent_again_first_and_counts_as_not_sent_until_then()
    {
        using var queue = Queue(4);
        await TakeAsync(queue, 3);
        queue.Answered();

        queue.Rewind();

        Assert.Null(queue.Oldest());
        Assert.Equal("M2", await NextAsync(queue));
        Assert.Equal("M2", queue.Oldest()!.Message.MemberIds.Single());
        Assert.Equal(("M3", "M4", null), (await NextAsync(queue), await NextAsync(queue), await NextAsync(queue)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task No_more_than_8_are_unanswered_on_any_stream(int lostStreams)
    {
        using var queue = Queue(20);
        await TakeAsync(queue, MaxUnanswered);
        for (var lost = 0; lost < lostStreams; lost++)
        {
            queue.Rewind();
            await TakeAsync(queue, MaxUnanswered);
        }

        var next = NextAsync(queue);
        await Task.Delay(50);
        Assert.False(next.IsCompleted);
        queue.Answered();

        Assert.Equal("M9", await next.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task It_is_done_when_the_list_has_ended_and_all_is_answered()
    {
        using var queue = Queue(1);
        await TakeAsync(queue, 1);
        Assert.Null(await NextAsync(queue));
        Assert.False(queue.IsDone);

        queue.Answered();

        Assert.True(queue.IsDone);
        Assert.False(await queue.WaitAsync(CancellationToken.None));
    }

    private static ChunkQueue<IdChunk> Queue(int chunks) => new(
        new IdLines(new MemoryStream(Encoding.UTF8.GetBytes(ScreenCommandTests.Ids(1, chunks))), "list", new ChunkLimits(1, 1024 * 1024)).ReadAsync,
        TimeProvider.System);

    private static async Task TakeAsync(ChunkQueue<IdChunk> queue, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.NotNull(await NextAsync(queue).WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    private static async Task<string?> NextAsync(ChunkQueue<IdChunk> queue) =>
        (await queue.TakeAsync(CancellationToken.None))?.Message.MemberIds.Single();
}
