using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Fuzz.Messages;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Belong.ConsentService.Dev.Tests;

/// <summary>
/// What the present code writes is read by the contract as last released, whole, and what that writes is read by the present
/// code: by the compiler of protos, which knows nothing but protos/released.
/// </summary>
public sealed partial class ReleasedContractTests
{
    private const int Rounds = 2;

    private static readonly string Protoc = typeof(ReleasedContractTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Protoc").Value!;
    private static readonly string Image = FindImage();
    private static readonly Dictionary<string, MessageDescriptor> Released = ReadReleased();

    [Fact]
    public async Task Every_message_of_the_release_goes_both_ways()
    {
        var present = new[] { VocabularyReflection.Descriptor, CheckReflection.Descriptor, AudienceReflection.Descriptor, RegistryReflection.Descriptor }
            .SelectMany(file => file.MessageTypes).SelectMany(type => type.NestedTypes.Prepend(type)).ToDictionary(type => type.FullName);
        Assert.Subset(present.Keys.ToHashSet(), Released.Keys.ToHashSet());
        Assert.True(Released.Count > 50, $"{Released.Count} messages");
        await Parallel.ForEachAsync(Released.Keys, async (name, _) =>
        {
            for (var seed = 0; seed < Rounds; seed++)
            {
                var message = HostileMessage.Build(present[name], new Random(seed));
                KeepReleased(message, Released[name]);
                var text = Encoding.UTF8.GetString(await RunAsync($"--decode={name}", message.ToByteArray()));
                Assert.False(Unknown().IsMatch(text), $"{name} has a field that the release does not know: {text}");
                var back = present[name].Parser.ParseFrom(await RunAsync($"--encode={name}", Encoding.UTF8.GetBytes(text)));
                Assert.Equal(message, back);
            }
        });
    }

    /// <summary>Fields that came since are left out.</summary>
    private static void KeepReleased(IMessage message, MessageDescriptor released)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (released.FindFieldByNumber(field.FieldNumber) is not { } known)
            {
                field.Accessor.Clear(message);
            }
            else if (field.FieldType == FieldType.Message && Released.TryGetValue(field.MessageType.FullName, out var inner))
            {
                Assert.Equal(known.FullName, field.FullName);
                foreach (var value in field.IsRepeated ? ((System.Collections.IList)field.Accessor.GetValue(message)).Cast<IMessage>() : field.Accessor.GetValue(message) is IMessage one ? [one] : [])
                {
                    KeepReleased(value, inner);
                }
            }
        }
    }

    private static async Task<byte[]> RunAsync(string what, byte[] input)
    {
        using var protoc = Process.Start(new ProcessStartInfo(Protoc, [what, $"--descriptor_set_in={Image}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var output = new MemoryStream();
        var reading = protoc.StandardOutput.BaseStream.CopyToAsync(output);
        var errors = protoc.StandardError.ReadToEndAsync();
        await protoc.StandardInput.BaseStream.WriteAsync(input);
        protoc.StandardInput.Close();
        await reading;
        await protoc.WaitForExitAsync();
        Assert.True(protoc.ExitCode == 0, await errors);
        return output.ToArray();
    }

    private static Dictionary<string, MessageDescriptor> ReadReleased()
    {
        var set = FileDescriptorSet.Parser.ParseFrom(File.ReadAllBytes(Image));
        return FileDescriptor.BuildFromByteStrings(set.File.Select(file => file.ToByteString())).Where(file => file.Package == "belong.consent.v1")
            .SelectMany(file => file.MessageTypes).SelectMany(type => type.NestedTypes.Prepend(type)).ToDictionary(type => type.FullName);
    }

    private static string FindImage()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Belong.ConsentService.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Path.Combine(folder, "protos", "released", "consent.binpb");
    }

    /// <summary>A field that is not known stands there by its number.</summary>
    [GeneratedRegex(@"^\s*\d+(:| \{)", RegexOptions.Multiline)]
    private static partial Regex Unknown();
}
