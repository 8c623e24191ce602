using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>What is asked of each member of a list: admitted once, judged for many.</summary>
public sealed class AudienceQuestion
{
    /// <summary>Stands for whoever is judged: no rule after the first reads an id.</summary>
    private const string AnyMember = "-";

    private AudienceQuestion(CheckRequest request, ReasonDetail detail, Database.FactsToken? demanded)
    {
        Request = request;
        Detail = detail;
        Demanded = demanded;
    }

    public CheckRequest Request { get; }

    public ReasonDetail Detail { get; }

    /// <summary>A write that all verdicts are to include.</summary>
    public Database.FactsToken? Demanded { get; }

    /// <exception cref="Grpc.Core.RpcException">The header is malformed, or the caller may not ask it.</exception>
    public static async ValueTask<AudienceQuestion> ReadAsync(AudienceHeader header, Caller caller, CheckAdmission admission, AnswerTime end, CancellationToken cancellation)
    {
        if (header.Reasons is < ReasonDetail.Unspecified or > ReasonDetail.All)
        {
            throw Refusal.Field("header.reasons", $"{(int)header.Reasons}", "0 (none), 1 (PRIMARY) or 2 (ALL) is allowed");
        }

        var (request, options) = await ReadRequestAsync(header, caller, admission, end, cancellation);
        // What is no mode at all is told as that.
        if (request.Mode != Mode.Live && request.Fault is null)
        {
            throw Refusal.Field("options.mode", "2 (AUDIT)", "a list is judged as of now: 1 (LIVE) or nothing is allowed");
        }

        if (admission.FindRefusal(request, caller) is { } refusal)
        {
            throw refusal;
        }

        return new AudienceQuestion(request, header.Reasons, await admission.ReadTokenAsync(options?.MinFactsVersion ?? "", end, cancellation));
    }

    private static async ValueTask<(CheckRequest Request, CheckOptions? Options)> ReadRequestAsync(AudienceHeader header, Caller caller, CheckAdmission admission, AnswerTime end, CancellationToken cancellation)
    {
        switch (header.QuestionCase)
        {
            case AudienceHeader.QuestionOneofCase.Use:
                RefuseMember(header.Use.MemberId);
                return (CheckTranslator.Read(header.Use) with { MemberId = AnyMember }, header.Use.Options);
            case AudienceHeader.QuestionOneofCase.Disclosure:
                RefuseMember(header.Disclosure.MemberId);
                if (header.Disclosure.ExceptionClaim is not null)
                {
                    throw Refusal.Field("exception_claim", "given", "an exception of §4 is claimed for one member at a time: use CheckDisclosure");
                }

                var kind = await admission.FindKindAsync(header.Disclosure, caller, end, cancellation);
                return (CheckTranslator.Read(header.Disclosure, kind) with { MemberId = AnyMember }, header.Disclosure.Options);
            default:
                throw Refusal.Field("header.question", "missing", "a use or a disclosure is required");
        }
    }

    private static void RefuseMember(string memberId)
    {
        if (memberId.Length > 0)
        {
            throw Refusal.Field("member_id", "given", "the members of a list stand in its chunks: leave it out");
        }
    }
}
