using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;
using Grpc.Core;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// Records the facts of cases by the registry. What the registry refuses (a contract that ends before
/// it begins) may still stand in a database from other times: it is put there directly, and counted.
/// </summary>
internal sealed class FactsRecorder(Stack stack)
{
    private const int MaxRegisterChanges = 500;
    private const int Writers = 8;

    private int _writes;
    private int _direct;
    private int _leftOut;

    /// <summary>How many records were put into the database directly.</summary>
    public int DirectCount => _direct;

    /// <summary>How many records the database cannot hold; their cases are answered without them.</summary>
    public int LeftOutCount => _leftOut;

    public async Task RecordAsync(DecisionCase first, IReadOnlyList<AskedCase> cases)
    {
        foreach (var policy in first.PolicyVersions)
        {
            await RecordAsync([RegisterWriter.Write(policy)], () => PutAsync("INSERT INTO policy_version (id, record) VALUES ($1, $2)", policy.Id, FactsJson.Write(policy)));
        }

        foreach (var determination in first.Determinations)
        {
            await RecordAsync([RegisterWriter.Write(determination)], () => PutAsync("INSERT INTO determination (ref, record) VALUES ($1, $2)", determination.Ref, FactsJson.Write(determination)));
        }

        await RecordVendorsAsync([.. cases.SelectMany(entry => entry.Case.Vendors.Select(vendor => (vendor, entry.Names)))]);
        await Parallel.ForEachAsync(
            cases.Where(entry => entry.Case.Member is not null),
            new ParallelOptions { MaxDegreeOfParallelism = Writers },
            async (entry, _) => await RecordMemberAsync(entry.Case, entry.Names));
    }

    /// <summary>Many at once; if one of them is refused, each by itself.</summary>
    private async Task RecordVendorsAsync(IReadOnlyList<(Rules.Vendor Vendor, CaseNames Names)> vendors)
    {
        foreach (var chunk in vendors.Chunk(MaxRegisterChanges))
        {
            if (await TryRecordAsync([.. chunk.Select(entry => RegisterWriter.Write(entry.Vendor, entry.Names))]))
            {
                continue;
            }

            foreach (var (vendor, names) in chunk)
            {
                var renamed = Rename(vendor, names);
                await RecordAsync(
                    [RegisterWriter.Write(vendor, names)],
                    () => PutAsync("INSERT INTO vendor (id, record) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET record = excluded.record", renamed.Id, FactsJson.Write(renamed)));
            }
        }
    }

    private async Task RecordMemberAsync(DecisionCase @case, CaseNames names)
    {
        var id = names.Of(@case.MemberId)!;
        var facts = RecordableFacts.For(@case.Member!, @case.Request);
        var request = new RecordMemberRequest { Context = NewContext(), MemberId = id };
        request.Changes.AddRange(MemberWriter.Write(facts, names));
        try
        {
            await stack.Registry.RecordMemberAsync(request, Stack.Authorization(CaseCallers.RegistrarKey));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.NotFound)
        {
            await PutAsync("INSERT INTO member (id, facts) VALUES ($1, $2)", id, FactsJson.Write(Rename(facts, names)));
        }
    }

    private async Task RecordAsync(RegisterChange[] changes, Func<Task> put)
    {
        if (!await TryRecordAsync(changes))
        {
            await put();
        }
    }

    private async Task<bool> TryRecordAsync(RegisterChange[] changes)
    {
        var request = new RecordRegisterRequest { Context = NewContext() };
        request.Changes.AddRange(changes);
        try
        {
            await stack.Registry.RecordRegisterAsync(request, Stack.Authorization(CaseCallers.RegistrarKey));
            return true;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.AlreadyExists)
        {
            return false;
        }
    }

    private async Task PutAsync(string sql, string id, byte[] json)
    {
        await using var command = stack.Database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        command.Parameters.Add(new NpgsqlParameter { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb });
        try
        {
            await command.ExecuteNonQueryAsync();
            Interlocked.Increment(ref _direct);
        }
        catch (PostgresException)
        {
            Interlocked.Increment(ref _leftOut);
        }
    }

    private WriteContext NewContext() => new()
    {
        IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():N}-{Interlocked.Increment(ref _writes)}"),
        Actor = "conformance",
        Reason = "a worked case",
    };

    private static Rules.Vendor Rename(Rules.Vendor vendor, CaseNames names) => vendor with
    {
        Id = names.Of(vendor.Id)!,
        Redelegations = [.. vendor.Redelegations.Select(redelegation => redelegation with { ParentId = names.Of(redelegation.ParentId)! })],
    };

    private static MemberFacts Rename(MemberFacts facts, CaseNames names) => facts with
    {
        Consents = [.. facts.Consents.Select(consent => consent with { RecipientId = names.Of(consent.RecipientId)! })],
        ProvisionStops = [.. facts.ProvisionStops.Select(stop => stop with { VendorIds = [.. stop.VendorIds.Select(id => names.Of(id)!)] })],
    };
}
