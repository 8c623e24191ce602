using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>What a screening answered.</summary>
internal sealed record Screened(ScreenStart Start, List<ChunkVerdicts> Chunks, ScreenSummary Summary)
{
    /// <summary>Of every member in the order of the list.</summary>
    public List<bool> Allowed => [.. Chunks.SelectMany(AllowedOf)];

    /// <summary>The primary reason of every member in the order of the list.</summary>
    public List<ReasonCode> Reasons => [.. Chunks.SelectMany(chunk => chunk.PrimaryReasons).Select(number => (ReasonCode)number)];

    public static IEnumerable<bool> AllowedOf(ChunkVerdicts chunk) =>
        Enumerable.Range(0, chunk.MemberCount).Select(i => (chunk.Allowed[i / 8] & (1 << (i % 8))) != 0);
}

/// <summary>Short ways to screen lists in tests.</summary>
internal static class Screen
{
    public static AudienceHeader Dm(ReasonDetail reasons = ReasonDetail.Primary) => new()
    {
        Use = new CheckUseRequest { Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal },
        Reasons = reasons,
    };

    public static ConsentAudience.ConsentAudienceClient Audience(this ServiceInstance instance) => new(instance.Channel);

    public static Task<Screened> ScreenAsync(this ServiceInstance instance, AudienceHeader header, params IEnumerable<string>[] chunks) =>
        instance.ScreenFromAsync("", header, chunks);

    /// <summary>Goes on with a list.</summary>
    public static async Task<Screened> ScreenFromAsync(this ServiceInstance instance, string position, AudienceHeader header, params IEnumerable<string>[] chunks)
    {
        using var call = instance.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = header, Position = position });
        foreach (var chunk in chunks)
        {
            await call.RequestStream.WriteAsync(Chunk(chunk));
        }

        await call.RequestStream.CompleteAsync();
        return await ReadAsync(call.ResponseStream);
    }

    public static ScreenAudienceRequest Chunk(IEnumerable<string> ids) => new() { Chunk = new MemberChunk { MemberIds = { ids } } };

    public static async Task<Screened> ReadAsync(IAsyncStreamReader<ScreenAudienceResponse> responses)
    {
        ScreenStart? start = null;
        ScreenSummary? summary = null;
        var chunks = new List<ChunkVerdicts>();
        while (await responses.MoveNext(CancellationToken.None))
        {
            Assert.Null(summary);
            switch (responses.Current.PartCase)
            {
                case ScreenAudienceResponse.PartOneofCase.Start:
                    Assert.Empty(chunks);
                    start = responses.Current.Start;
                    break;
                case ScreenAudienceResponse.PartOneofCase.Verdicts:
                    Assert.Equal(chunks.Count, responses.Current.Verdicts.Chunk);
                    chunks.Add(responses.Current.Verdicts);
                    break;
                default:
                    summary = responses.Current.Summary;
                    break;
            }
        }

        return new Screened(start!, chunks, summary!);
    }
}
