using Grpc.Core;

namespace Belong.ConsentService.Http;

/// <summary>A call over HTTP and JSON: there its gRPC status stands in no trailer.</summary>
internal sealed class JsonCall
{
    public StatusCode Code { get; set; }

    /// <summary>Such as <c>/belong.consent.v1.ConsentCheck/CheckUse</c>; empty when it is of no RPC.</summary>
    public string Rpc { get; set; } = "";
}

/// <summary>Stands at each connection to the port of HTTP and JSON, so that none of another port is taken for one.</summary>
internal sealed class JsonConnection
{
    public static JsonConnection Mark { get; } = new();
}
