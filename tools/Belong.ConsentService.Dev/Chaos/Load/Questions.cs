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
        var options = new CheckOptions { MinFactsVersion = token };
        if (question == Question.DirectMail)
        {
            var use = new CheckUseRequest { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal, Options = options };
            return (await client.CheckUseAsync(use, call)).Decision;
        }

        var disclosure = new CheckDisclosureRequest { MemberId = member, Items = { DataItem.Name }, Options = options };
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

        return (await client.CheckDisclosureAsync(disclosure, call)).Decision;
    }
}
