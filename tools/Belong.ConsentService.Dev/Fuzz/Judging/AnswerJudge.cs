using System.Buffers;
using System.Text;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Judging;

/// <summary>What may become of a request.</summary>
internal enum Allowed
{
    /// <summary>Any status of gRPC but those of an error that nobody foresaw.</summary>
    Status = 0,

    /// <summary>Also the end of the stream or of the connection, a status of HTTP, UNKNOWN or INTERNAL: what was sent is no proper gRPC.</summary>
    BrokenProtocol = 1,

    /// <summary>A refusal before anything is answered.</summary>
    RefusedCaller = 2,

    /// <summary>The same by whatever means: what was sent is no proper header.</summary>
    BrokenProtocolRefused = 3,
}

/// <summary>Says of each answer whether it is as it must be.</summary>
internal sealed class AnswerJudge(Leaks leaks)
{
    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>What is wrong with an answer; null when nothing is.</summary>
    /// <param name="isBodyScanned">False where a body names types by right: the service's own description.</param>
    public string? FindFault(RawCall call, Allowed allowed, bool isBodyScanned = true) =>
        FindUnclean(call, allowed) ?? FindLeak(call, isBodyScanned);

    /// <summary>What an answer that is no gRPC tells and must not; null when nothing.</summary>
    public string? FindLeak(ReadOnlySpan<byte> answer) => leaks.Find(answer) is { } leak ? $"tells the caller '{leak}'" : null;

    private static string? FindUnclean(RawCall call, Allowed allowed) => allowed switch
    {
        _ when call.Ending == Ending.Silent => "was never answered",
        _ when call.Ending == Ending.GivenUp => null,
        Allowed.RefusedCaller or Allowed.BrokenProtocolRefused when call.BodyBytes > 0 || call.GrpcStatus == "0" => $"was answered ({call.Outcome}, {call.BodyBytes} bytes) without valid credentials",
        Allowed.RefusedCaller when call.Ending == Ending.Answered && call.GrpcStatus is not null && call.Outcome != StatusNames.Unauthenticated =>
            $"was refused as {call.Outcome} and not for its credentials",
        Allowed.Status when call.Ending != Ending.Answered => $"ended without a status: {call.Outcome}",
        Allowed.Status when call.GrpcStatus is null || call.HttpStatus != "200" => $"was answered with HTTP {call.HttpStatus} and no status of gRPC",
        Allowed.Status when call.Outcome is "UNKNOWN" or "INTERNAL" or "DATA_LOSS" => $"met an error that nobody foresaw: {call.Outcome} '{call.Message}'",
        _ when call.GrpcStatus is null && call.HttpStatus is ['5', ..] => $"was answered with HTTP {call.HttpStatus}",
        _ => null,
    };

    private string? FindLeak(RawCall call, bool isBodyScanned)
    {
        foreach (var head in call.Heads)
        {
            if (FindLeak(head) is { } leak)
            {
                return leak;
            }
        }

        if (call.Message is { } message && leaks.Find(message) is { } told)
        {
            return $"tells the caller '{told}'";
        }

        if (isBodyScanned && call.GrpcStatus is not null)
        {
            foreach (var piece in call.Body)
            {
                if (FindLeak(piece) is { } leak)
                {
                    return leak;
                }
            }
        }

        return call.Heads.Select(DetailsOf).Select(details => leaks.Find(details)).FirstOrDefault(leak => leak is not null) is { } hidden ? $"tells the caller '{hidden}'" : null;
    }

    /// <summary>The details of a refusal are base64 in a header.</summary>
    private static byte[] DetailsOf(byte[] head)
    {
        var name = "grpc-status-details-bin"u8;
        var at = head.AsSpan().IndexOf(name);
        if (at < 0)
        {
            return [];
        }

        // A length comes first: one byte, or 127 and the bytes of what is above.
        var value = head.AsSpan(at + name.Length);
        var skipped = 1;
        if (value[0] == 0x7F)
        {
            skipped += value[1..].IndexOfAnyInRange((byte)0, (byte)0x7F) + 1;
        }

        var end = value[skipped..].IndexOfAnyExcept(Base64);
        var text = Encoding.ASCII.GetString(end < 0 ? value[skipped..] : value.Slice(skipped, end));
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text[..(text.Length / 4 * 4)], bytes, out var length) ? bytes[..length] : [];
    }
}
