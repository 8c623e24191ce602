using Belong.Consent.V1;
using Belong.ConsentService.Client.Calls;
using Grpc.Core;

namespace Belong.ConsentService.Client.Lists;

/// <summary>What a list is asked by, for as many calls as it takes.</summary>
internal sealed class ListCalls
{
    private readonly ConsentAudience.ConsentAudienceClient _client;

    public ListCalls(ConsentAudience.ConsentAudienceClient client, AudienceHeader question, ConsentClientOptions options, TimeProvider clock)
    {
        if (question.QuestionCase == AudienceHeader.QuestionOneofCase.None)
        {
            throw new ArgumentException("question is empty: use or disclosure is required");
        }

        Header = question.Clone();
        Header.Reasons = question.Reasons == ReasonDetail.All ? ReasonDetail.All : ReasonDetail.Primary;
        _client = client;
        Options = options;
        Clock = clock;
        Standstill = new Standstill(options.StreamStandstill, nameof(options.StreamStandstill), clock);
    }

    /// <summary>With the reasons by which verdicts are held to account.</summary>
    public AudienceHeader Header { get; }

    public ConsentClientOptions Options { get; }

    public TimeProvider Clock { get; }

    public Standstill Standstill { get; }

    public AsyncDuplexStreamingCall<ScreenAudienceRequest, ScreenAudienceResponse> Screen(CancellationToken ending) =>
        _client.ScreenAudience(cancellationToken: ending);

    public AsyncServerStreamingCall<WatchDecisionsResponse> Watch(string position, CancellationToken ending) =>
        _client.WatchDecisions(new WatchDecisionsRequest { Header = Header, Position = position }, cancellationToken: ending);
}
