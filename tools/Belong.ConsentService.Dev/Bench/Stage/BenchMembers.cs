using System.Text;
using Belong.ConsentService.Database;
using Belong.ConsentService.Dev.Measuring;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Mix;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Dev.Bench.Stage;

/// <summary>The register and the members of the realistic mix, put into PostgreSQL as the registry would, and what each is to be answered.</summary>
internal sealed class BenchMembers
{
    private const int Seed = 1;
    private const int Copies = 2;

    /// <summary>Members behind all others, to be changed one by one.</summary>
    public const int ToBeChanged = 5_000;

    /// <summary>A feed reads the last thousand transactions again when it begins: the load is not to be among them.</summary>
    private const string PassTransactions = "DO $$ BEGIN FOR i IN 1..2000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";

    private static readonly WriteOrigin Origin = new("consent-dev", "consent-dev", "bench", "bench");

    private readonly Instant _now = Instant.FromDateTime(DateTime.UtcNow);
    private readonly Register _register;
    private readonly byte[][] _expected;

    private BenchMembers(int count, Register register)
    {
        _register = register;
        _expected = [.. BenchQuestions.All.Select(_ => new byte[count + 1])];
    }

    /// <summary>The primary reasons by the number of the member, from 1.</summary>
    public byte[] Expected(BenchQuestion question) => _expected[BenchQuestions.All.IndexOf(question)];

    public static async Task<BenchMembers> LoadAsync(NpgsqlDataSource database, int count)
    {
        var register = await LoadRegisterAsync(database);
        var members = new BenchMembers(count, register);
        var share = (count + Copies - 1) / Copies;
        await Task.WhenAll(Enumerable.Range(0, Copies).Select(part =>
            Task.Run(() => members.CopyAsync(database, 1 + (part * share), Math.Min(count, (part + 1) * share)))));
        await SettleAsync(database, count);
        return members;
    }

    /// <summary>
    /// Members more, behind all others, to be changed one by one; and PostgreSQL is left as after a day: what it has still to
    /// tidy up is not to fall into a measurement.
    /// </summary>
    private static async Task SettleAsync(NpgsqlDataSource database, int count)
    {
        string[] steps =
        [
            $"INSERT INTO member (id, facts) SELECT 'M' || lpad(number::text, 7, '0'), '{Encoding.UTF8.GetString(FactsJson.Write(MeasuredService.Plain))}' FROM generate_series({count + 1}, {count + ToBeChanged}) number",
            "VACUUM ANALYZE member",
            "ALTER TABLE member SET (autovacuum_enabled = false)",
            PassTransactions,
            "CHECKPOINT",
        ];
        foreach (var step in steps)
        {
            await using var command = database.CreateCommand(step);
            command.CommandTimeout = 600;
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<Register> LoadRegisterAsync(NpgsqlDataSource database)
    {
        var changes = DemoRegister.Changes.ToList();
        Vendor[] vendors = [.. changes.Where(change => change.Vendor is not null).Select(change => RegisterMessages.ToRecord(change.Vendor))];
        PolicyVersion[] policies = [.. changes.Where(change => change.PolicyVersion is not null).Select(change => RegisterMessages.ToRecord(change.PolicyVersion))];
        Determination[] determinations = [.. changes.Where(change => change.Determination is not null).Select(change => RegisterMessages.ToRecord(change.Determination))];
        await using var batch = database.CreateBatch();
        foreach (var (sql, id, record) in vendors.Select(one => ("INSERT INTO vendor (id, record) VALUES ($1, $2)", one.Id, FactsJson.Write(one)))
            .Concat(policies.Select(one => ("INSERT INTO policy_version (id, record) VALUES ($1, $2)", one.Id, FactsJson.Write(one))))
            .Concat(determinations.Select(one => ("INSERT INTO determination (ref, record) VALUES ($1, $2)", one.Ref, FactsJson.Write(one)))))
        {
            batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = id }, new() { Value = record, NpgsqlDbType = NpgsqlDbType.Jsonb } } });
        }

        await batch.ExecuteNonQueryAsync();
        return new Register(1, vendors, policies, determinations);
    }

    private async Task CopyAsync(NpgsqlDataSource database, int first, int last)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var importer = await connection.BeginBinaryImportAsync("COPY member (id, facts) FROM STDIN (FORMAT BINARY)");
        importer.Timeout = TimeSpan.FromMinutes(10);
        for (var number = first; number <= last; number++)
        {
            var facts = FactsOf(MemberMix.Get(Seed, number));
            for (var i = 0; i < _expected.Length; i++)
            {
                _expected[i][number] = Judge(BenchQuestions.All[i], number, facts);
            }

            await importer.StartRowAsync();
            await importer.WriteAsync(MemberMix.Id(number), NpgsqlDbType.Text);
            await importer.WriteAsync(FactsJson.Write(facts), NpgsqlDbType.Jsonb);
        }

        await importer.CompleteAsync();
    }

    private MemberFacts FactsOf(MixMember member) => member.IsErasedLater
        ? StatusChanges.Tombstone(_now)
        : MemberRegistry.ApplyAll(null, [.. member.Changes], member.Id, _now, Origin).After;

    private byte Judge(BenchQuestion question, int number, MemberFacts facts)
    {
        var admission = Evaluator.Admit(question.ToRequest(number), BenchQuestions.Asker, _now);
        return (byte)Evaluator.Decide(admission, new FactsView(true, TimeSpan.Zero, facts with { Version = 1 }, _register), FreshnessBounds.Default).Reasons.Primary;
    }
}
