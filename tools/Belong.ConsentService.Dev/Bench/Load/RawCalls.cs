using Grpc.Core;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>Methods whose messages stay bytes: nothing is built or parsed while time counts.</summary>
internal static class RawCalls
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(message => message, message => message);

    public static readonly Method<byte[], byte[]> CheckBatch =
        new(MethodType.Unary, "belong.consent.v1.ConsentCheck", "CheckBatch", Bytes, Bytes);

    public static readonly Method<byte[], byte[]> ScreenAudience =
        new(MethodType.DuplexStreaming, "belong.consent.v1.ConsentAudience", "ScreenAudience", Bytes, Bytes);
}
