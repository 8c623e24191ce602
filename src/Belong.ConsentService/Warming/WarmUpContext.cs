using Belong.ConsentService.Access;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Warming;

/// <summary>A call that nobody made, by a caller that may ask everything and is known to nobody.</summary>
internal sealed class WarmUpContext(DateTime deadline, CancellationToken cancellation) : ServerCallContext
{
    /// <summary>Where GetHttpContext looks in a context that is not of ASP.NET.</summary>
    private const string HttpContextKey = "__HttpContext";

    public static readonly Caller Caller = new("warm-up")
    {
        Grant = Grant.For(Enum.GetValues<Kind>(), new PurposeSet(byte.MaxValue), mayClaimExceptions: false),
        Vendors = VendorSet.All,
        MaxBatchChecks = Checks.BatchChecker.MaxChecks,
    };

    protected override string MethodCore => "";

    protected override string HostCore => "";

    protected override string PeerCore => "";

    protected override DateTime DeadlineCore => deadline;

    protected override Metadata RequestHeadersCore { get; } = [];

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override IDictionary<object, object> UserStateCore { get; } = new Dictionary<object, object> { [HttpContextKey] = new DefaultHttpContext { User = Caller } };

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}
