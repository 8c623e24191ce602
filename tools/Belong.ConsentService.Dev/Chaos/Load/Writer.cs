using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>
/// A client that records changes of the members that are its own, one at a time. A write that is not
/// acknowledged is repeated with the same key, at either instance, until it is.
/// </summary>
internal sealed class Writer(LoadContext context, WriteGate gate, IReadOnlyList<Instance> instances, Share share, int seed) : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly Random _dice = new(seed);
    private readonly ServiceClient[] _clients = [.. instances.Select(instance => new ServiceClient(instance.Address))];
    private int _written;

    /// <summary>Registers its part of the members, or most of it: some join later.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        for (var member = share.First; member < context.Model.FirstSqlMember; member += share.Step)
        {
            if (_dice.Next(10) < 8)
            {
                await WriteMemberAsync(member, cancellation);
            }
        }
    }

    public Task RunMembersAsync(TimeSpan pause, CancellationToken cancellation) => RepeatAsync(
        () => WriteMemberAsync(share.First + (share.Step * _dice.Next((context.Model.FirstSqlMember - share.First) / share.Step)), cancellation),
        pause,
        cancellation);

    public Task RunRegisterAsync(TimeSpan pause, CancellationToken cancellation) => RepeatAsync(() => WriteRegisterAsync(cancellation), pause, cancellation);

    public void Dispose() => Array.ForEach(_clients, client => client.Dispose());

    private async Task RepeatAsync(Func<Task> write, TimeSpan pause, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await gate.EnterAsync(cancellation);
                try
                {
                    await write();
                }
                finally
                {
                    gate.Leave();
                }

                await Task.Delay(pause * (2 * _dice.NextDouble()), cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WriteMemberAsync(int member, CancellationToken cancellation)
    {
        var timeline = context.Model.Member(member);
        if (timeline.Latest.IsErased)
        {
            return;
        }

        var (change, after) = Changes.Next(timeline.Latest, _dice);
        var request = new RecordMemberRequest { Context = NextContext(), MemberId = FactsModel.IdOf(member), Changes = { change } };
        var entry = timeline.Begin(after, context.Time.GetTimestamp(), change.ChangeCase.ToString());
        context.Recent.Add(member);
        var done = await InsistAsync((client, call) => client.RecordMemberAsync(request, call).ResponseAsync, request.MemberId, cancellation);
        if (done is not null)
        {
            timeline.Acknowledge(entry, done.MemberVersion, done.FactsVersion, context.Time.GetTimestamp());
            context.Ledger.Add(request.Context.IdempotencyKey, member, done.MemberVersion);
        }
    }

    private async Task WriteRegisterAsync(CancellationToken cancellation)
    {
        var timeline = context.Model.Register;
        var (change, after) = Changes.Next(timeline.Latest, _dice);
        var request = new RecordRegisterRequest { Context = NextContext(), Changes = { change } };
        var entry = timeline.Begin(after, context.Time.GetTimestamp(), $"{change.Vendor.Id} {change.Vendor.Status}");
        var done = await InsistAsync((client, call) => client.RecordRegisterAsync(request, call).ResponseAsync, change.Vendor.Id, cancellation);
        if (done is not null)
        {
            timeline.Acknowledge(entry, done.RegisterVersion, done.FactsVersion, context.Time.GetTimestamp());
            context.Ledger.Add(request.Context.IdempotencyKey, null, done.RegisterVersion);
        }
    }

    /// <summary>Null when the service refuses for good what the model holds for possible; that is a violation.</summary>
    private async Task<T?> InsistAsync<T>(Func<ConsentRegistry.ConsentRegistryClient, CallOptions, Task<T>> write, string subject, CancellationToken cancellation)
        where T : class
    {
        while (true)
        {
            var client = _clients[_dice.Next(_clients.Length)];
            try
            {
                return await write(client.Registry, new CallOptions(deadline: DateTime.UtcNow + CallTimeout));
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.NotFound
                or StatusCode.AlreadyExists or StatusCode.PermissionDenied or StatusCode.Unauthenticated || ServiceClient.IsAnsweredInternal(e))
            {
                context.Violations.Add("a write was refused for good", $"{subject}: {e.StatusCode}: {e.Status.Detail}");
                return null;
            }
            catch (RpcException)
            {
                await Task.Delay(RetryPause * (0.5 + _dice.NextDouble()), cancellation);
            }
        }
    }

    private WriteContext NextContext() => new() { IdempotencyKey = $"{seed}-{++_written}", Actor = "chaos", Reason = "a change at random" };
}

/// <summary>Every so many members, beginning with the first.</summary>
internal readonly record struct Share(int First, int Step);
