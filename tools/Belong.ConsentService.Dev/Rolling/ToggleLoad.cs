using Belong.Consent.V1;
using Belong.ConsentService.Dev.Measuring;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>Opt-outs and their lifting, one after the other, each followed by a check that demands the write, at whichever instance.</summary>
internal sealed class ToggleLoad(ConsentRegistry.ConsentRegistryClient registry, ConsentCheck.ConsentCheckClient checks, ToggledMembers members)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public CallTally Writes { get; } = new("writes");

    public CallTally Demanding { get; } = new("checks with a token");

    public async Task RunAsync(CancellationToken end)
    {
        for (var turn = 0; !end.IsCancellationRequested; turn++)
        {
            var index = turn % ToggledMembers.Count;
            try
            {
                var answer = await registry.RecordMemberAsync(Request(index), deadline: DateTime.UtcNow + Deadline, cancellationToken: CancellationToken.None);
                Writes.Answer();
                members.Written(index);
                await DemandAsync(index, answer.FactsVersion);
            }
            catch (RpcException e)
            {
                Writes.Lose(e);
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task DemandAsync(int index, string token)
    {
        var request = MeasuredService.Ask(ToggledMembers.NumberOf(index));
        request.Options = new CheckOptions { MinFactsVersion = token };
        try
        {
            var answer = await checks.CheckUseAsync(request, deadline: DateTime.UtcNow + Deadline);
            Demanding.Answer();
            if (answer.Decision.Outcome == Outcome.Allow != members.IsAllowed(index))
            {
                Demanding.Blame($"a check that demands the write was answered {answer.Decision.Reasons.FirstOrDefault()}");
            }
        }
        catch (RpcException e)
        {
            Demanding.Lose(e);
        }
    }

    private RecordMemberRequest Request(int index) => new()
    {
        Context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "rolling" },
        MemberId = MeasuredService.MemberId(ToggledMembers.NumberOf(index)),
        Changes =
        {
            members.IsAllowed(index)
                ? new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } }
                : new MemberChange { DmOptOutLift = new Lift { EvidenceRef = "rolling" } },
        },
    };
}
