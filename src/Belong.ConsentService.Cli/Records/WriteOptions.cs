using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Records;

/// <summary>Who writes, why, and under which key; every write has these options.</summary>
internal sealed class WriteOptions
{
    private readonly Option<string> _actor = Opt.Text("--actor", "WHO", "The person or system that records it. Else CONSENT_ACTOR.");
    private readonly Option<string> _reason = Opt.Text("--reason", "WHY", "Why it is recorded.");

    private readonly Option<string> _key = Opt.Text(
        "--key-id", "KEY", "Idempotency key: the same key with the same content is recorded once. Left out: a random one, printed.");

    private readonly Option<Timestamp?> _receivedAt = Opt.Time(
        "--received-at", "When the request reached Belong; a restriction bites from then. Left out: now.");

    public void AddTo(Command command)
    {
        command.Add(_actor);
        command.Add(_reason);
        command.Add(_key);
        command.Add(_receivedAt);
    }

    public WriteContext Read(Invocation invocation) => new()
    {
        IdempotencyKey = invocation.Parse.GetValue(_key) ?? Guid.NewGuid().ToString("N"),
        Actor = invocation.Parse.GetValue(_actor) ?? invocation.Host.Environment("CONSENT_ACTOR")
            ?? throw new UsageException("Say who records it: --actor, or CONSENT_ACTOR."),
        Reason = invocation.Parse.TextOf(_reason),
        ReceivedAt = invocation.Parse.GetValue(_receivedAt),
    };

    /// <summary>Sends a write; where it may have been recorded unseen, the failure says how to repeat it.</summary>
    public static async Task<T> SendAsync<T>(WriteContext context, Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (RpcException error) when (UncertainWriteException.Covers(error))
        {
            throw new UncertainWriteException(error, context.IdempotencyKey);
        }
    }
}
