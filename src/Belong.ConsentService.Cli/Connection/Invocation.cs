using System.CommandLine;
using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Belong.ConsentService.Client.Calls;
using Belong.ConsentService.Client.Connection;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Belong.ConsentService.Cli.Connection;

/// <summary>One run of one command: its arguments, its connection, and where it prints.</summary>
internal sealed class Invocation : IDisposable
{
    private static readonly JsonFormatter Formatter =
        new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithIndentation());

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_MESSAGES", "LANG"];

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
            HttpHandler = new SocketsHttpHandler { UseProxy = address.Scheme == Uri.UriSchemeHttps, InitialHttp2StreamWindowSize = ConsentChannel.StreamWindowBytes },
            DisposeHttpClient = true,
        });
    }

    public CliHost Host { get; }

    public ParseResult Parse { get; }

    public CancellationToken Cancellation { get; }

    public bool IsJson => Parse.GetValue(_options.Json);

    public string? Language => Parse.GetValue(_options.Language);

    /// <summary>As asked for, else that of the terminal: <c>ja</c> or <c>en</c>.</summary>
    public string LanguageOrLocale => Language ?? (Locale().StartsWith("ja", StringComparison.Ordinal) ? "ja" : "en");

    /// <summary>One of two texts, by the language.</summary>
    public string Say(string english, string japanese) => LanguageOrLocale == "ja" ? japanese : english;

    /// <summary>How long a stream may stand still while the service owes an answer.</summary>
    public Standstill Standstill(double defaultSeconds) =>
        new(TimeSpan.FromSeconds(Parse.GetValue(_options.Timeout) ?? defaultSeconds), "--timeout", Host.Clock);

    public TextWriter Output => Host.Output;

    public ConsentCheck.ConsentCheckClient Check => new(_channel);

    public ConsentAudience.ConsentAudienceClient Audience => new(_channel);

    public ConsentRegistry.ConsentRegistryClient Registry => new(_channel);

    /// <summary>Key and deadline of a call.</summary>
    /// <param name="defaultTimeoutSeconds">When the command line gives none; null: no deadline.</param>
    public CallOptions CallOptions(double? defaultTimeoutSeconds = GlobalOptions.DefaultTimeoutSeconds)
    {
        var seconds = Parse.GetValue(_options.Timeout) ?? defaultTimeoutSeconds;
        return new(Headers(), seconds is null ? null : DateTime.UtcNow.AddSeconds(seconds.Value), Cancellation);
    }

    /// <summary>Key of a call without a deadline, which ends with its own token.</summary>
    public CallOptions StreamOptions(CancellationToken cancellation) => new(Headers(), deadline: null, cancellation);

    public void PrintJson(IMessage message) => Output.WriteLine(Formatter.Format(message));

    /// <summary>Prints an answer with what the tool adds to it.</summary>
    public void PrintJson(IMessage message, params (string Name, JsonNode? Value)[] added)
    {
        var json = JsonNode.Parse(Formatter.Format(message))!.AsObject();
        foreach (var (name, value) in added)
        {
            json[name] = value;
        }

        Output.WriteLine(json.ToJsonString(Failure.Readable));
    }

    public void Dispose() => _channel.Dispose();

    private Metadata Headers()
    {
        var headers = new Metadata();
        if ((Parse.GetValue(_options.Key) ?? Host.Environment("CONSENT_KEY")) is { Length: > 0 } key)
        {
            headers.Add("authorization", $"Bearer {key}");
        }

        return headers;
    }

    private string Locale() =>
        LocaleVariables.Select(Host.Environment).FirstOrDefault(value => value is { Length: > 0 }) ?? "";
}
