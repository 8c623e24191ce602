using Belong.Consent.V1;

namespace Belong.ConsentService.Client;

/// <summary>What of a check its answer is held against.</summary>
/// <param name="MemberId">Of whom; empty for anonymised data.</param>
/// <param name="Items">What was asked for; none: which may go?</param>
/// <param name="IsDisclosure">A part of it may be allowed.</param>
internal sealed record Question(string MemberId, IReadOnlyList<DataItem> Items, bool IsDisclosure)
{
    private const string AuditRefusal =
        "options.mode is AUDIT: what held in the past permits nothing now; ask it through CallInvoker and ConsentCheck.ConsentCheckClient";

    public static Question Of(CheckUseRequest check) => Of(check.Options, new(check.MemberId, [], false));

    public static Question Of(CheckDisclosureRequest check) => Of(check.Options, new(check.MemberId, [.. check.Items], true));

    public static Question Of(CheckAnonymizedProvisionRequest check) => Of(check.Options, new(check.MemberId, [.. check.Items], false));

    public static Question Of(BatchCheck check, CheckDefaults? defaults)
    {
        var own = check.WithoutDefaults ? null : defaults;
        RequireLive(own?.Options);
        var question = check.QuestionCase switch
        {
            BatchCheck.QuestionOneofCase.Use => Of(check.Use),
            BatchCheck.QuestionOneofCase.Disclosure => Of(check.Disclosure),
            BatchCheck.QuestionOneofCase.AnonymizedProvision => Of(check.AnonymizedProvision),
            _ => new Question("", [], false),
        };
        var takesDefault = own is not null && question.Items.Count == 0 && check.QuestionCase != BatchCheck.QuestionOneofCase.Use;
        return takesDefault ? question with { Items = [.. own!.Items] } : question;
    }

    private static Question Of(CheckOptions? options, Question question)
    {
        RequireLive(options);
        return question;
    }

    private static void RequireLive(CheckOptions? options)
    {
        if (options is { HasMode: true, Mode: CheckMode.Audit })
        {
            throw new ArgumentException(AuditRefusal);
        }
    }
}
