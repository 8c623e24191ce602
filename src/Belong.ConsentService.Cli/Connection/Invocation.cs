using System.CommandLine;
using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Belong.ConsentService.Cli.Connection;

/// <summary>One run of one command: its arguments, its connection, and where it prints.</summary>
internal sealed class Invocation : IDisposable
{
    private static readonly JsonFormatter Formatter =
        new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithIndentation());

    private readonly GlobalOptions _options;
    private readonly GrpcChannel _channel;

    public Invocation(CliHost host, GlobalOptions options, ParseResult parse, Uri address, CancellationToken cancellation)
    {
        Host = host;
        Parse = parse;
        Cancellation = cancellation;
        _options = options;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = address.Scheme == Uri.UriSchemeHttps },
            DisposeHttpClient = true,
        });
    }

    public CliHost Host { get; }

    public ParseResult Parse { get; }

    public CancellationToken Cancellation { get; }

    public bool IsJson => Parse.GetValue(_options.Json);

    public string? Language => Parse.GetValue(_options.Language);

    public TextWriter Output => Host.Output;

    public ConsentCheck.ConsentCheckClient Check => new(_channel);

    public ConsentRegistry.ConsentRegistryClient Registry => new(_channel);

    /// <summary>Key and deadline of a call.</summary>
    /// <param name="defaultTimeoutSeconds">When the command line gives none; null: no deadline.</param>
    public CallOptions CallOptions(double? defaultTimeoutSeconds = GlobalOptions.DefaultTimeoutSeconds)
    {
        var headers = new Metadata();
        if ((Parse.GetValue(_options.Key) ?? Host.Environment("CONSENT_KEY")) is { Length: > 0 } key)
        {
            headers.Add("authorization", $"Bearer {key}");
        }

        var seconds = Parse.GetValue(_options.Timeout) ?? defaultTimeoutSeconds;
        return new(headers, seconds is null ? null : DateTime.UtcNow.AddSeconds(seconds.Value), Cancellation);
    }

    public void PrintJson(IMessage message) => Output.WriteLine(Formatter.Format(message));

    /// <summary>Prints an answer with something that the tool adds to it.</summary>
    public void PrintJson(IMessage message, (string Name, string Value) added)
    {
        var json = JsonNode.Parse(Formatter.Format(message))!.AsObject();
        json[added.Name] = added.Value;
        Output.WriteLine(json.ToJsonString(Failure.Readable));
    }

    public void Dispose() => _channel.Dispose();
}
