using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Grpc.Core;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>What a change is applied with besides the facts.</summary>
/// <param name="RecordedAt">The time of recording, which a start that is left out means.</param>
/// <param name="Index">The position of the change in its write.</param>
internal readonly record struct ChangeContext(string MemberId, Instant RecordedAt, string IdempotencyKey, int Index)
{
    private const int MaxIdLength = 64;

    /// <summary>The time of receipt, which the start of a restriction that is left out means.</summary>
    public Instant ReceivedAt { get; init; } = RecordedAt;

    /// <summary>Null when the start is not on record.</summary>
    public Instant? StartOf(V1.Start? start) => start?.StartCase switch
    {
        V1.Start.StartOneofCase.At => Times.ToInstant(start.At),
        V1.Start.StartOneofCase.Unknown => null,
        _ => RecordedAt,
    };

    /// <summary>The start of a restriction, which bites from receipt; null when it is not on record.</summary>
    public Instant? ReceiptOf(V1.Start? start) => start is null or { StartCase: V1.Start.StartOneofCase.None } ? ReceivedAt : StartOf(start);

    /// <summary>The start of what ends a permission: when it is not on record, the permission has ended.</summary>
    public Instant EndOf(V1.Start? start) => ReceiptOf(start) ?? Instant.Earliest;

    public string RecordIdOf(string given)
    {
        if (given.Length > 0)
        {
            return given;
        }

        var position = "." + Index.ToString(CultureInfo.InvariantCulture);
        return IdempotencyKey.Length + position.Length <= MaxIdLength
            ? IdempotencyKey + position
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(IdempotencyKey)).AsSpan(0, 16)) + position;
    }

    public RpcException Malformed(string name, string value, string allowed) =>
        Require.Refuse(WriteShape.Position(Index), name, value, allowed);

    public RpcException NotFound(string name, string value, string sentence) => Refuse(StatusCode.NotFound, "RECORD_UNKNOWN", name, value, sentence);

    public RpcException Taken(string name, string value, string sentence) => Refuse(StatusCode.AlreadyExists, "RECORD_EXISTS", name, value, sentence);

    public RpcException NotNow(string name, string value, string sentence) => Refuse(StatusCode.FailedPrecondition, "RECORD_DOES_NOT_ADMIT", name, value, sentence);

    public RpcException TooMany(string kind, int max) => Refusal.Of(StatusCode.ResourceExhausted, "TOO_MANY_RECORDS",
        $"{WriteShape.Position(Index)}: member {Require.Show(MemberId)} has {max.ToString(CultureInfo.InvariantCulture)} {kind} on record, and no more are kept");

    private RpcException Refuse(StatusCode code, string reason, string name, string value, string sentence) =>
        Refusal.Of(code, reason, $"{WriteShape.Position(Index)}.{name} is {value}: {sentence}");
}
