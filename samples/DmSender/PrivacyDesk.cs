using Belong.Consent.V1;
using Belong.ConsentService.Client;

namespace DmSender;

/// <summary>Stands for the system that records what members ask. Not a part of a sender.</summary>
internal sealed class PrivacyDesk(IConsentClient consent)
{
    public async Task<string> FindAllowedAsync(IEnumerable<string> members)
    {
        foreach (var member in members)
        {
            var answer = await consent.CheckUseAsync(new CheckUseRequest { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal });
            if (answer is Allowed)
            {
                return member;
            }
        }

        throw new InvalidOperationException("Nobody on the list may be written to.");
    }

    public Task OptOutAsync(string member) =>
        RecordAsync(member, new MemberChange { DmOptOut = new DmOptOut { AllChannels = true, ReceivedVia = "PHONE" } });

    public Task LiftAsync(string member) => RecordAsync(
        member,
        new MemberChange { DmOptOutLift = new Lift { EvidenceRef = "sample", Start = new Start { At = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(DateTime.UtcNow) } } });

    /// <summary>The key is made before the first try. A real system keeps it with the letter until the write is known to be done.</summary>
    private async Task RecordAsync(string member, MemberChange change)
    {
        var write = new RecordMemberRequest
        {
            MemberId = member,
            Context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "sample", Reason = "a sample" },
            Changes = { change },
        };
        try
        {
            await consent.RecordMemberAsync(write);
        }
        catch (WriteUncertainException)
        {
            // It may have been recorded: the same write with the same key is recorded once.
            await consent.RecordMemberAsync(write);
        }
    }
}
