using System.Globalization;
using System.Text.Json;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Prometheus;

/// <summary>A Prometheus from the installed package, on a free port and with a folder of its own, that scrapes what it is given.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    internal const string Missing = "prometheus and promtool are missing: install them with apt-get install prometheus";

    private readonly LocalHost _host;
    private readonly HttpClient _http;

    private PrometheusServer(LocalHost host, int port)
    {
        _host = host;
        _http = new HttpClient { BaseAddress = new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", port).Uri };
    }

    /// <param name="targets">Services whose /metrics is scraped as the job <c>consent</c>.</param>
    /// <param name="rules">Files of rules.</param>
    public static async Task<PrometheusServer> StartAsync(IEnumerable<Uri> targets, TimeSpan scrapeInterval, IEnumerable<string> rules, CancellationToken cancellation = default)
    {
        var program = Binaries.FindPrometheus() ?? throw new InvalidOperationException(Missing);
        var folder = await ServerFolder.CreateAsync("prometheus", owner: null, cancellation);
        var configuration = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, WriteConfiguration(targets, scrapeInterval, rules), cancellation);
        var port = LoopbackPort.FindFree();
        string[] words =
        [
            program, $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(folder, "data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=warn",
        ];
        var server = new PrometheusServer(await LocalHost.StartAsync(new LocalCommand(User: null, folder, words)), port);
        try
        {
            await Waiting.UntilReadyAsync(server._host, server.RequireReadyAsync, cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a query gives now.</summary>
    /// <exception cref="InvalidOperationException">It is not a query.</exception>
    public Task<IReadOnlyList<PromSeries>> QueryAsync(string query, CancellationToken cancellation = default) =>
        AskAsync($"api/v1/query?query={Uri.EscapeDataString(query)}", query, cancellation);

    /// <summary>What it gives over a time.</summary>
    /// <exception cref="InvalidOperationException">It is not a query.</exception>
    public Task<IReadOnlyList<PromSeries>> QueryRangeAsync(string query, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation = default) => AskAsync(
        string.Create(CultureInfo.InvariantCulture, $"api/v1/query_range?query={Uri.EscapeDataString(query)}&start={Unix(from):F3}&end={Unix(to):F3}&step={step.TotalSeconds}"),
        query, cancellation);

    /// <summary>The rules that it was given, as it understood them.</summary>
    public async Task<IReadOnlyList<PromRule>> ReadRulesAsync(CancellationToken cancellation = default)
    {
        using var answer = JsonDocument.Parse(await _http.GetStringAsync(new Uri("api/v1/rules", UriKind.Relative), cancellation));
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray())
                .Select(ReadRule),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    private static double Unix(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1_000.0;

    private static string WriteConfiguration(IEnumerable<Uri> targets, TimeSpan interval, IEnumerable<string> rules) => string.Create(CultureInfo.InvariantCulture, $"""
        global:
          scrape_interval: {interval.TotalMilliseconds}ms
          scrape_timeout: {interval.TotalMilliseconds}ms
          evaluation_interval: {interval.TotalMilliseconds}ms
        rule_files: [{string.Join(", ", rules.Select(file => $"'{file}'"))}]
        scrape_configs:
          - job_name: consent
            static_configs:
              - targets: [{string.Join(", ", targets.Select(target => $"'{target.Authority}'"))}]
        """);

    private async Task RequireReadyAsync(CancellationToken cancellation) => (await _http.GetAsync(new Uri("-/ready", UriKind.Relative), cancellation)).EnsureSuccessStatusCode();

    private async Task<IReadOnlyList<PromSeries>> AskAsync(string address, string query, CancellationToken cancellation)
    {
        using var response = await _http.GetAsync(new Uri(address, UriKind.Relative), cancellation);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
        if (answer.RootElement.GetProperty("status").GetString() != "success")
        {
            throw new InvalidOperationException($"{query}: {answer.RootElement.GetProperty("error").GetString()}");
        }

        var data = answer.RootElement.GetProperty("data");
        return data.GetProperty("resultType").GetString() == "scalar"
            ? [new PromSeries(new Dictionary<string, string>(), [ReadPoint(data.GetProperty("result"))])]
            : [.. data.GetProperty("result").EnumerateArray().Select(ReadSeries)];
    }

    private static PromRule ReadRule(JsonElement rule) => new(
        rule.GetProperty("name").GetString()!,
        rule.GetProperty("query").GetString()!,
        rule.GetProperty("type").GetString() == "alerting",
        rule.GetProperty("health").GetString() != "err",
        ReadTexts(rule, "labels"),
        ReadTexts(rule, "annotations"));

    private static Dictionary<string, string> ReadTexts(JsonElement rule, string name) => rule.TryGetProperty(name, out var texts)
        ? texts.EnumerateObject().ToDictionary(text => text.Name, text => text.Value.GetString()!)
        : [];

    private static PromSeries ReadSeries(JsonElement series) => new(
        ReadTexts(series, "metric"),
        series.TryGetProperty("values", out var values)
            ? [.. values.EnumerateArray().Select(ReadPoint)]
            : [ReadPoint(series.GetProperty("value"))]);

    private static PromPoint ReadPoint(JsonElement point) => new(
        DateTimeOffset.FromUnixTimeMilliseconds((long)(point[0].GetDouble() * 1_000)),
        point[1].GetString() switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var text => double.Parse(text!, CultureInfo.InvariantCulture),
        });
}

/// <summary>One series of an answer; one point unless a time was asked for.</summary>
public sealed record PromSeries(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<PromPoint> Points);

public readonly record struct PromPoint(DateTimeOffset At, double Value);

/// <param name="IsHealthy">It could be evaluated, or was not yet.</param>
public sealed record PromRule(
    string Name, string Query, bool IsAlert, bool IsHealthy, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations);
