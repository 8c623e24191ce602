using System.Diagnostics;
using Belong.Consent.V1;
using Belong.ConsentService.Testing.Mix;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Seeding;

/// <summary>Records a plan through the gRPC registry alone, as any other client would.</summary>
internal sealed class Seeder(ChannelBase channel, string? key, TextWriter output, CancellationToken cancellation)
{
    private const int ErasuresAtOnce = 8;
    private const int ShortDeadlineSeconds = 30;

    private readonly ConsentRegistry.ConsentRegistryClient _registry = new(channel);

    public async Task RunAsync(SeedPlan plan)
    {
        await RecordRegisterAsync();
        var erasedLater = await ImportAsync(plan);
        await EraseAsync(plan, erasedLater);
        await _registry.GetMemberAsync(new GetMemberRequest { MemberId = MemberMix.Id(1) }, Options(ShortDeadlineSeconds));
    }

    private async Task RecordRegisterAsync()
    {
        var request = new RecordRegisterRequest { Context = Context(SeedPlan.RegisterKey), Changes = { DemoRegister.Changes } };
        var response = await _registry.RecordRegisterAsync(request, Options(ShortDeadlineSeconds));
        await output.WriteLineAsync(response.Replayed
            ? "Policy and vendors: there already."
            : $"Policy and vendors: {request.Changes.Count} entries recorded.");
    }

    /// <summary>Returns the members that are to be erased.</summary>
    private async Task<List<string>> ImportAsync(SeedPlan plan)
    {
        var watch = Stopwatch.StartNew();
        var erasedLater = new List<string>();
        using var call = _registry.ImportMembers(Options(deadlineSeconds: null));
        // Members that are there already, from a smaller mix, are left as they are.
        var header = new ImportHeader { Context = Context(plan.ImportKey), SkipInvalid = true };
        var progress = new SeedProgress(output, plan.Members);
        var open = await TryWriteAsync(call.RequestStream, new ImportMembersRequest { Header = header });
        foreach (var member in MemberMix.Generate(plan.Seed, plan.Members))
        {
            if (member.IsErasedLater)
            {
                erasedLater.Add(member.Id);
            }

            var message = new ImportedMember { MemberId = member.Id, Changes = { member.Changes } };
            open = open && await TryWriteAsync(call.RequestStream, new ImportMembersRequest { Member = message });
            if (!open)
            {
                break;
            }

            progress.Count();
        }

        if (open)
        {
            await call.RequestStream.CompleteAsync();
        }

        Report(await call.ResponseAsync, watch.Elapsed);
        return erasedLater;
    }

    private void Report(ImportMembersResponse response, TimeSpan took)
    {
        if (response.Replayed)
        {
            output.WriteLine($"Members: {response.Imported} there already.");
            return;
        }

        output.WriteLine($"Members: {response.Imported} imported in {took.TotalSeconds:F1} s, {response.Skipped} skipped.");
        if (response.Refusals.Count > 0)
        {
            output.WriteLine($"  the first skipped: {response.Refusals[0].Message}");
        }
    }

    private async Task EraseAsync(SeedPlan plan, List<string> memberIds)
    {
        var replayed = 0;
        var limits = new ParallelOptions { MaxDegreeOfParallelism = ErasuresAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(memberIds, limits, async (id, _) =>
        {
            var request = new RecordMemberRequest
            {
                Context = Context(plan.ErasureKey(id)),
                MemberId = id,
                Changes = { new MemberChange { Erasure = new Erasure() } },
            };
            var response = await _registry.RecordMemberAsync(request, Options(ShortDeadlineSeconds));
            if (response.Replayed)
            {
                Interlocked.Increment(ref replayed);
            }
        });
        await output.WriteLineAsync($"Erasures: {memberIds.Count - replayed} recorded, {replayed} there already.");
    }

    private async Task<bool> TryWriteAsync(IClientStreamWriter<ImportMembersRequest> stream, ImportMembersRequest message)
    {
        try
        {
            await stream.WriteAsync(message, cancellation);
            return true;
        }
        catch (Exception error) when ((error is RpcException or IOException or InvalidOperationException) && !cancellation.IsCancellationRequested)
        {
            // The service ended the call: its answer says why, the failed write does not.
            return false;
        }
    }

    private CallOptions Options(int? deadlineSeconds)
    {
        var headers = new Metadata();
        if (!string.IsNullOrEmpty(key))
        {
            headers.Add("authorization", $"Bearer {key}");
        }

        return new(headers, deadlineSeconds is null ? null : DateTime.UtcNow.AddSeconds(deadlineSeconds.Value), cancellation);
    }

    private static WriteContext Context(string idempotencyKey) =>
        new() { IdempotencyKey = idempotencyKey, Actor = "consent-dev", Reason = "seed" };
}
