using System.Text.Json;
using System.Text.Json.Serialization;
using Belong.ConsentService.Access;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Checks;

/// <summary>
/// §4: whoever claims an exception answers for it. Each claim that is judged is recorded before it is answered; one that
/// cannot be recorded is not answered.
/// </summary>
public sealed partial class ExceptionClaims(NpgsqlDataSource source, MemberPseudonyms pseudonyms, AccessCounters counters, LookupSettings settings, TimeProvider time, ILogger<ExceptionClaims> log)
{
    /// <summary>Claims being recorded; each holds a connection.</summary>
    public const int MaxConcurrent = 8;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new InstantConverter(), new StorableTextConverter() },
    };

    public ConcurrencyLimit Limit { get; } = new("claims", "The exception claims being recorded", "the service", MaxConcurrent, RetryAfter);

    /// <exception cref="RpcException">It could not be recorded.</exception>
    public async Task RecordAsync(Caller caller, CheckRequest request, Decision decision, AnswerTime end, CancellationToken cancellation)
    {
        if (!Limit.TryEnter())
        {
            counters.ClaimRefused();
            throw Limit.BuildRefusal();
        }

        using var limited = new CommandCancellation(end.ForReason(settings.DatabaseTimeout), time, cancellation);
        try
        {
            var pseudonym = await pseudonyms.OfAsync(request.MemberId!, limited.Token);
            await InsertAsync(caller, request, decision, pseudonym, limited.Token);
            counters.ClaimRecorded();
            Log.Claimed(log, request.ExceptionClaim!.Item, caller.Name, MemberPseudonyms.ForLog(pseudonym), decision.Outcome, decision.Reasons.Primary);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            counters.ClaimRefused();
            Log.Failed(log, caller.Name, e.Message);
            throw Refusal.Retry(StatusCode.Unavailable, "CLAIM_NOT_RECORDED",
                "exception_claim could not be recorded, and a claim that is not recorded is not answered: ask again in a moment", RetryAfter);
        }
        finally
        {
            Limit.Leave();
        }
    }

    private async Task InsertAsync(Caller caller, CheckRequest request, Decision decision, byte[] pseudonym, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("""
            INSERT INTO exception_claim (claimed_at, caller, pseudonym, recipient_id, claim, outcome, reasons)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.GetUtcNow().UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = caller.Name });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = pseudonym });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Storable(request.RecipientId ?? "") });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = JsonSerializer.Serialize(request.ExceptionClaim, Format), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = decision.Outcome.ToString() });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = CodesOf(decision.Reasons) });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string[] CodesOf(ReasonSet reasons)
    {
        var codes = new List<string>();
        foreach (var reason in reasons)
        {
            codes.Add(ReasonCatalogue.Of(reason).Code);
        }

        return [.. codes];
    }

    /// <summary>PostgreSQL keeps no NUL.</summary>
    private static string Storable(string text) => text.Replace('\0', '\uFFFD');

    private sealed class StorableTextConverter : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(Storable(value));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "An exception of §4, item {Item}, was claimed by {Caller} for member {Member}: {Outcome} {Reason}")]
        public static partial void Claimed(ILogger logger, int item, string caller, string member, Outcome outcome, Reason reason);

        [LoggerMessage(2, LogLevel.Warning, "A claim of an exception by {Caller} could not be recorded and was not answered: {Cause}")]
        public static partial void Failed(ILogger logger, string caller, string cause);
    }
}
