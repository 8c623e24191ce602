using Google.Protobuf;
using Grpc.Core;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// Binds the RPCs so that bytes that are no message are refused as what they are, alone or in a stream. Without it the
/// caller is told UNKNOWN, and a stream fails as if the service were at fault. A field of a newer contract is refused too:
/// it may say what the answer must not be without.
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
        var parser = ((IMessage)Activator.CreateInstance<TRequest>()).Descriptor.Parser;
        var knowing = parser.WithDiscardUnknownFields(true);
        var write = method.RequestMarshaller.ContextualSerializer;
        return new(method.Type, method.ServiceName, method.Name, Marshallers.Create(write, context => (TRequest)Read(context, parser, knowing)), method.ResponseMarshaller);
    }

    private static IMessage Read(DeserializationContext context, MessageParser parser, MessageParser knowing)
    {
        var bytes = context.PayloadAsReadOnlySequence();
        try
        {
            var message = knowing.ParseFrom(bytes);
            // As protobuf writes it, it has the size of what is known; else it is looked at once more.
            return message.CalculateSize() == bytes.Length || parser.ParseFrom(bytes).CalculateSize() == message.CalculateSize()
                ? message
                : throw Refusal.Field("message", $"{bytes.Length} bytes with a field that this version of {message.Descriptor.Name} does not have", "one without it is required, or a newer service");
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refusal.Field("message", $"{bytes.Length} bytes that are no {parser.ParseFrom(ByteString.Empty).Descriptor.Name}", "a message as the contract has it is required");
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
