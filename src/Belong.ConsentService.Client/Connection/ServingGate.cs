using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Belong.ConsentService.Client.Connection;

/// <summary>
/// Ends calls at once while no instance says that it serves. The balancer of grpc-dotnet would go on with those that it knew last.
/// </summary>
internal sealed class ServingGate : Interceptor
{
    private volatile string? _closed;

    public void Open() => _closed = null;

    public void Close(string why) => _closed = why;

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        RequireOpen();
        return continuation(request, context);
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        RequireOpen();
        return continuation(request, context);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        RequireOpen();
        return continuation(request, context);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        RequireOpen();
        return continuation(context);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        RequireOpen();
        return continuation(context);
    }

    private void RequireOpen()
    {
        if (_closed is { } why)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, why));
        }
    }
}
