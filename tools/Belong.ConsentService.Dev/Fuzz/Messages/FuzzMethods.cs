using Belong.Consent.V1;
using Google.Protobuf.Reflection;

namespace Belong.ConsentService.Dev.Fuzz.Messages;

/// <summary>A method as it is called: where, and whether its streams have an end of their own.</summary>
/// <param name="IsEndless">The service goes on answering until the caller or the deadline ends it.</param>
/// <param name="DescribesItself">Answers hold names of types by right.</param>
/// <param name="IsOpen">Needs no credentials.</param>
internal sealed record FuzzMethod(string Path, MessageDescriptor Request, bool IsClientStreaming, bool IsEndless, bool DescribesItself, bool IsOpen);

/// <summary>Every method that the service has.</summary>
internal static class FuzzMethods
{
    private static readonly string[] Endless = ["WatchDecisions", "Watch"];

    public static IReadOnlyList<FuzzMethod> Consent { get; } =
    [
        .. Of(CheckReflection.Descriptor), .. Of(AudienceReflection.Descriptor), .. Of(RegistryReflection.Descriptor),
    ];

    public static IReadOnlyList<FuzzMethod> Registry { get; } = [.. Of(RegistryReflection.Descriptor)];

    public static IReadOnlyList<FuzzMethod> All { get; } =
    [
        .. Consent, .. Of(Grpc.Health.V1.HealthReflection.Descriptor, isOpen: true),
        .. Of(Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor, isOpen: true),
    ];

    public static FuzzMethod Find(string name) => All.First(method => method.Path.EndsWith($"/{name}", StringComparison.Ordinal));

    private static IEnumerable<FuzzMethod> Of(FileDescriptor file, bool isOpen = false) => file.Services.SelectMany(service => service.Methods).Select(method =>
        new FuzzMethod($"/{method.Service.FullName}/{method.Name}", method.InputType, method.IsClientStreaming,
            Endless.Contains(method.Name), file.Package.Contains("reflection", StringComparison.Ordinal), isOpen));
}
