using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Belong.ConsentService.Dev.OpenApi;

/// <summary>The contract as protoc reads it: with its comments, and its paths over HTTP.</summary>
internal static class ContractImage
{
    private const string Resource = "contract.binpb";
    private const string Package = "belong.consent.v1";

    private static readonly ExtensionRegistry Options = [AnnotationsExtensions.Http];

    /// <summary>The files of the contract and not those that they import.</summary>
    public static IReadOnlyList<FileDescriptor> ReadFiles()
    {
        using var stream = typeof(ContractImage).Assembly.GetManifestResourceStream(Resource)!;
        var set = FileDescriptorSet.Parser.ParseFrom(stream);
        return [.. FileDescriptor.BuildFromByteStrings(set.File.Select(file => file.ToByteString()), Options).Where(file => file.Package == Package)];
    }

    /// <summary>A comment as one text; a line of its own for each paragraph.</summary>
    public static string CommentOf(IDescriptor descriptor)
    {
        var declaration = descriptor switch
        {
            MessageDescriptor message => message.Declaration,
            FieldDescriptor field => field.Declaration,
            EnumDescriptor type => type.Declaration,
            EnumValueDescriptor value => value.Declaration,
            ServiceDescriptor service => service.Declaration,
            MethodDescriptor method => method.Declaration,
            _ => null,
        };
        var lines = (declaration?.LeadingComments ?? "").Split('\n').Select(line => line.Trim()).Where(line => !line.StartsWith("buf:", StringComparison.Ordinal));
        return string.Join('\n', string.Join(' ', lines.Select(line => line.Length == 0 ? "\n" : line)).Split('\n').Select(line => line.Trim())).Trim();
    }
}
