using System.Net;

namespace Belong.ConsentService.Hosting;

/// <summary>The command health: asks the probe of the instance that runs by the same settings, for where there is no curl.</summary>
internal static class HealthProbe
{
    private static readonly string[] Probes = ["ready", "live", "degraded"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <param name="words">What stands behind the command.</param>
    /// <returns>0 when the answer is good, 1 when it is not or there is none, 2 when the words cannot be understood.</returns>
    public static async Task<int> RunAsync(string[] words, ListenSettings listen)
    {
        // What begins with a dash is a setting.
        string[] named = [.. words.TakeWhile(word => !word.StartsWith('-'))];
        if (named.Length > 1 || (named is [var word] && !Probes.Contains(word, StringComparer.Ordinal)))
        {
            await Console.Error.WriteLineAsync($"The probe is '{string.Join(' ', named)}': {string.Join(", ", Probes)} or none, which is ready, is allowed");
            return 2;
        }

        var probe = new UriBuilder(Uri.UriSchemeHttp, FindHost(listen.Address), listen.MetricsPort, $"/healthz/{(named is [var one] ? one : Probes[0])}").Uri;
        // Never by way of a proxy that the environment names.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(probe);
            Console.Write(await answer.Content.ReadAsStringAsync());
            return answer.StatusCode == HttpStatusCode.OK ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{probe} does not answer: {e.Message}");
            return 1;
        }
    }

    /// <summary>Who listens on all addresses is asked on loopback.</summary>
    private static string FindHost(string address)
    {
        var parsed = IPAddress.Parse(address);
        return parsed.Equals(IPAddress.Any) ? IPAddress.Loopback.ToString()
            : parsed.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback.ToString()
            : parsed.ToString();
    }
}
