using Belong.ConsentService.Checks;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Mix;
using Google.Protobuf;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Dev.Bench.Stage;

/// <summary>A check that is asked of many members.</summary>
/// <param name="Ask">The message for a member.</param>
/// <param name="Read">The same as the core reads it.</param>
internal sealed record BenchQuestion(string Method, Func<string, IMessage> Ask, Func<IMessage, CheckRequest> Read)
{
    public Question Wire { get; } = Write(Method, Ask);

    public Question WithKey(string key) => Write(Method, Ask, $"Bearer {key}");

    public CheckRequest ToRequest(int number) => Read(Ask(MemberMix.Id(number)));

    private static Question Write(string method, Func<string, IMessage> ask, string authorization = "") =>
        new($"/belong.consent.v1.ConsentCheck/{method}", ask(MemberMix.Id(0)), authorization);
}

internal static class BenchQuestions
{
    /// <summary>May this member be sent direct mail by post?</summary>
    public static readonly BenchQuestion Use = new("CheckUse", AskUse, message => CheckTranslator.Read((V1.CheckUseRequest)message));

    /// <summary>May the mail house have name and address for it?</summary>
    public static readonly BenchQuestion Disclosure = new(
        "CheckDisclosure", AskDisclosure, message => CheckTranslator.Read((V1.CheckDisclosureRequest)message, Kind.Contractor));

    public static readonly BenchQuestion[] All = [Use, Disclosure];

    /// <summary>Of the floor: nothing at all, with a message of the same kind.</summary>
    public static readonly Question Bare = new("/belong.consent.v1.ConsentCheck/CheckAnonymizedProvision", AskNothing(MemberMix.Id(0)));

    public static Grant Asker { get; } = Grant.For(Enum.GetValues<Kind>(), new PurposeSet(byte.MaxValue), mayClaimExceptions: true);

    public static V1.CheckUseRequest AskUse(string member) => new()
    {
        MemberId = member,
        Purposes = { V1.Purpose.DirectMarketing },
        Channel = V1.Channel.Postal,
    };

    private static V1.CheckDisclosureRequest AskDisclosure(string member) => new()
    {
        MemberId = member,
        Purposes = { V1.Purpose.DirectMarketing },
        Channel = V1.Channel.Postal,
        RecipientId = "V-MAILHOUSE",
        Items = { V1.DataItem.Name, V1.DataItem.Address },
    };

    private static V1.CheckAnonymizedProvisionRequest AskNothing(string member) => new() { MemberId = member };
}
