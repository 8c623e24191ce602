using System.Runtime.CompilerServices;
using Belong.Consent.V1;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Client;

public sealed partial class ConsentClient
{
    /// <inheritdoc/>
    public async Task<PermittedAudience> ScreenAsync(
        AudienceHeader question, IAsyncEnumerable<string> members, IReadOnlyCollection<Obligation> honoured, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(honoured);
        var calls = CallsFor(question);
        var audience = new PermittedAudience(calls, list => new Screening(calls, list, AskLimitsAsync), honoured);
        await audience.BeginAsync(members, cancellation);
        return audience;
    }

    /// <inheritdoc/>
    public Screening Screen(AudienceHeader question, IAsyncEnumerable<string> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        return new Screening(CallsFor(question), members, AskLimitsAsync);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<WatchEvent> WatchAsync(AudienceHeader question, string position, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(position);
        return FollowAsync(CallsFor(question), position, cancellation);
    }

    private static async IAsyncEnumerable<WatchEvent> FollowAsync(ListCalls calls, string position, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var watch = new WatchCalls(calls, position, TimeSpan.MaxValue);
        while (true)
        {
            yield return await watch.NextAsync(cancellation);
        }
    }

    private ListCalls CallsFor(AudienceHeader question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return new ListCalls(_audience, question, _options, _clock);
    }

    private Task<GetServerInfoResponse> AskLimitsAsync(CancellationToken cancellation) => GetServerInfoAsync(cancellation: cancellation);
}
