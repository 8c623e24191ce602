using Google.Protobuf;
using Grpc.Core;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// Binds the RPCs so that bytes that are no message are refused as what they are, alone or in a stream. Without it the
/// caller is told UNKNOWN, and a stream fails as if the service were at fault.
/// </summary>
internal static class StrictMessages
{
    public const string BindMethod = nameof(OfChecks.Bind);

    /// <summary>For the attribute of the service; HTTP and JSON finds the descriptor beside the method.</summary>
    public static class OfChecks
    {
        public static ServiceDescriptor Descriptor => V1.ConsentCheck.Descriptor;

        public static void Bind(ServiceBinderBase binder, V1.ConsentCheck.ConsentCheckBase? service) => V1.ConsentCheck.BindService(new Binder(binder), service);
    }

    /// <inheritdoc cref="OfChecks"/>
    public static class OfAudience
    {
        public static ServiceDescriptor Descriptor => V1.ConsentAudience.Descriptor;

        public static void Bind(ServiceBinderBase binder, V1.ConsentAudience.ConsentAudienceBase? service) => V1.ConsentAudience.BindService(new Binder(binder), service);
    }

    /// <inheritdoc cref="OfChecks"/>
    public static class OfRegistry
    {
        public static ServiceDescriptor Descriptor => V1.ConsentRegistry.Descriptor;

        public static void Bind(ServiceBinderBase binder, V1.ConsentRegistry.ConsentRegistryBase? service) => V1.ConsentRegistry.BindService(new Binder(binder), service);
    }

    private static Method<TRequest, TResponse> Refusing<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        var read = method.RequestMarshaller.ContextualDeserializer;
        var write = method.RequestMarshaller.ContextualSerializer;
        return new(method.Type, method.ServiceName, method.Name, Marshallers.Create(write, context => Read(context, read)), method.ResponseMarshaller);
    }

    private static T Read<T>(DeserializationContext context, Func<DeserializationContext, T> read)
    {
        try
        {
            return read(context);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refusal.Field("message", $"{context.PayloadLength} bytes that are no {typeof(T).Name}", "a message as the contract has it is required");
        }
    }

    private sealed class Binder(ServiceBinderBase inner) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            inner.AddMethod(Refusing(method), handler);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            inner.AddMethod(Refusing(method), handler);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            inner.AddMethod(Refusing(method), handler);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            inner.AddMethod(Refusing(method), handler);
    }
}
