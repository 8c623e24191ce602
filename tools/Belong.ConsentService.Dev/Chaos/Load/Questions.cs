using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>Puts the run's questions to the service.</summary>
internal static class Questions
{
    public const string Carrier = "V-CARRIER";
    public const string Partner = "V-PARTNER";

    public static async Task<Decision> AskAsync(ConsentCheck.ConsentCheckClient client, Question question, string member, string token, CallOptions call)
    {
        return question == Question.DirectMail
            ? (await client.CheckUseAsync(WriteUse(member, token), call)).Decision
            : (await client.CheckDisclosureAsync(WriteDisclosure(question, member, token), call)).Decision;
    }

    /// <summary>Of a list or a watch.</summary>
    public static AudienceHeader WriteHeader(Question question, string token) => question == Question.DirectMail
        ? new() { Reasons = ReasonDetail.All, Use = WriteUse("", token) }
        : new() { Reasons = ReasonDetail.All, Disclosure = WriteDisclosure(question, "", token) };

    public static CheckUseRequest WriteUse(string member, string token) => new()
    {
        MemberId = member,
        Purposes = { Purpose.DirectMarketing },
        Channel = Channel.Postal,
        Options = new CheckOptions { MinFactsVersion = token },
    };

    public static CheckDisclosureRequest WriteDisclosure(Question question, string member, string token)
    {
        var disclosure = new CheckDisclosureRequest { MemberId = member, Items = { DataItem.Name }, Options = new CheckOptions { MinFactsVersion = token } };
        if (question == Question.Contractor)
        {
            disclosure.RecipientId = Carrier;
            disclosure.Capacity = Capacity.Contractor;
            disclosure.Purposes.Add(Purpose.ServiceDelivery);
        }
        else
        {
            disclosure.RecipientId = Partner;
            disclosure.Capacity = Capacity.ThirdParty;
            disclosure.RecipientPurpose = "SERVICE_LINK";
        }

        return disclosure;
    }
}
