using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>A client that asks about members, most of them changed a moment ago, with and without tokens.</summary>
internal sealed class Checker(LoadContext context, IReadOnlyList<Instance> instances, int seed) : IDisposable
{
    private static readonly int[] DeadlinesMs = [100, 300, 1_000];

    private readonly Random _dice = new(seed);
    private readonly ServiceClient[] _clients = [.. instances.Select(instance => new ServiceClient(instance.Address))];

    public async Task RunAsync(TimeSpan pause, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await AskAsync();
            await Task.Delay(pause * (2 * _dice.NextDouble()), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => Array.ForEach(_clients, client => client.Dispose());

    private async Task AskAsync()
    {
        var instance = _dice.Next(_clients.Length);
        var member = context.Recent.Pick(_dice);
        var question = (Question)_dice.Next(3);
        var demandedMember = _dice.Next(10) < 3 ? context.Model.Member(member).LatestToken() : null;
        var demandedRegister = demandedMember is null && _dice.Next(10) == 0 ? context.Model.Register.LatestToken() : null;
        var deadline = TimeSpan.FromMilliseconds(DeadlinesMs[_dice.Next(DeadlinesMs.Length)]);
        var token = demandedMember?.Token ?? demandedRegister?.Token ?? "";

        Decision? decision = null;
        var (status, detail) = (StatusCode.OK, "");
        var asked = context.Time.GetTimestamp();
        try
        {
            var call = new CallOptions(deadline: DateTime.UtcNow + deadline);
            decision = await Questions.AskAsync(_clients[instance].Checks, question, FactsModel.IdOf(member), token, call);
        }
        catch (RpcException e)
        {
            (status, detail) = (e.StatusCode, e.Status.Detail);
        }

        context.Take(new Observation
        {
            Member = member,
            Question = question,
            Instance = instance + 1,
            Asked = asked,
            Answered = context.Time.GetTimestamp(),
            Deadline = deadline,
            DemandedMember = demandedMember,
            DemandedRegister = demandedRegister,
            Decision = decision,
            Status = status,
            Detail = detail,
        });
    }
}
