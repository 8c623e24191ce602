using Belong.ConsentService.Chart.Tests.Rendering;

namespace Belong.ConsentService.Chart.Tests.Values;

/// <summary>Nonsense is refused before anything is installed, and the refusal names the value.</summary>
public sealed class RefusalTests
{
    [Fact]
    public void Every_setting_keeps_to_the_schema() => Assert.All(ChartSetting.All, setting => Assert.True(ChartValues.IsAllowed(ChartValues.Of(setting))));

    /// <summary>By the schema: as helm says it, and as JsonSchema.Net judges it where there is no helm.</summary>
    [Theory]
    [InlineData("replicas", "2", "replicas")]
    [InlineData("serve.replica", "2", "replica")]
    [InlineData("serve.replicas", "-1", "serve.replicas")]
    [InlineData("serve.replicas", "0", "serve.replicas")]
    [InlineData("serve.replicas", "\"2\"", "serve.replicas")]
    [InlineData("serve.resources.limits.memory", "\"512 MB\"", "serve.resources.limits.memory")]
    [InlineData("serve.resources.requests.cpu", "null", "serve.resources.requests")]
    [InlineData("serve.disruptionBudget.maxUnavailable", "0", "serve.disruptionBudget.maxUnavailable")]
    [InlineData("serve.disruptionBudget.maxUnavailable", "\"100%\"", "serve.disruptionBudget.maxUnavailable")]
    [InlineData("serve.autoscaling.targetCpuPercent", "0", "targetCpuPercent")]
    [InlineData("feed.replicas", "17", "feed.replicas")]
    [InlineData("feed.autoscaling", "{}", "autoscaling")]
    [InlineData("topology", "\"both\"", "topology")]
    [InlineData("image.repository", "\"\"", "image.repository")]
    [InlineData("image.repository", "\"Registry/Consent Service\"", "image.repository")]
    [InlineData("image.repository", "\"registry.example/consent-service:1.2\"", "image.repository")]
    [InlineData("image.tag", "\"latest\"", "image.tag")]
    [InlineData("image.tag", "\"a tag\"", "image.tag")]
    [InlineData("image.tag", "1.2", "image.tag")]
    [InlineData("image.digest", "\"sha256:4f53\"", "image.digest")]
    [InlineData("image.pullPolicy", "\"Sometimes\"", "image.pullPolicy")]
    [InlineData("postgres.secret", "\"\"", "postgres.secret")]
    [InlineData("postgres.secret", "null", "postgres")]
    [InlineData("postgres.connectionString", "\"Host=db;Password=x\"", "connectionString")]
    [InlineData("redis.password", "\"x\"", "password")]
    [InlineData("tls", "null", "tls")]
    [InlineData("access.jwt.keysUrl", "\"http://issuer.example/jwks.json\"", "access.jwt.keysUrl")]
    [InlineData("ports.grpc", "80", "ports.grpc")]
    [InlineData("ports.metrics", "70000", "ports.metrics")]
    [InlineData("ports.http", "80", "ports.http")]
    [InlineData("ports.http", "null", "ports")]
    [InlineData("listenAddress", "\"127.0.0.1\"", "listenAddress")]
    [InlineData("logLevel", "\"Chatty\"", "logLevel")]
    [InlineData("settings.DrainMs", "-1", "settings.DrainMs")]
    [InlineData("settings.DrainMs", "\"5000\"", "settings.DrainMs")]
    [InlineData("settings.DrainMS", "5000", "DrainMS")]
    [InlineData("settings.Limits.MaxConcurentChecks", "5", "MaxConcurentChecks")]
    [InlineData("settings.Audit.SharePerMinutePercent", "0.0001", "SharePerMinutePercent")]
    [InlineData("settings.Redis.Prefix", "\"c:\"", "settings.Redis.Prefix")]
    [InlineData("settings.Postgres.ConnectionString", "\"Host=db;Password=x\"", "ConnectionString")]
    [InlineData("settings.Listen.GrpcPort", "5080", "Listen")]
    [InlineData("settings.Roles", "[\"serve\"]", "Roles")]
    [InlineData("preStopSleepSeconds", "-1", "preStopSleepSeconds")]
    [InlineData("terminationGracePeriodSeconds", "5", "terminationGracePeriodSeconds")]
    [InlineData("topologySpread", "[{\"topologyKey\": \"zone\", \"maxSkew\": 0, \"whenUnsatisfiable\": \"DoNotSchedule\"}]", "topologySpread.0.maxSkew")]
    [InlineData("podLabels", "{\"app.kubernetes.io/name\": \"other\"}", "podLabels")]
    [InlineData("networkPolicy.callers", "[]", "networkPolicy.callers")]
    [InlineData("networkPolicy.callers", "[{}]", "networkPolicy.callers.0")]
    [InlineData("networkPolicy.callers", "[{\"podSelectors\": {}}]", "networkPolicy.callers.0")]
    [InlineData("networkPolicy.redis.ports", "[]", "networkPolicy.redis.ports")]
    [InlineData("monitoring.serviceMonitor.interval", "\"15s\"", "interval")]
    public async Task A_wrong_value_is_refused_by_the_schema(string path, string json, string named)
    {
        Assert.False(ChartValues.IsAllowed(ChartValues.Merge(ChartValues.Of(ChartSetting.Smallest), ChartValues.At(path, json))));
        foreach (var helm in ChartRenderer.All.Where(renderer => renderer.IsHelm))
        {
            var (code, errors) = await RenderAsync(helm, path, json);
            Assert.NotEqual(0, code);
            Assert.Contains("values don't meet the specifications of the schema", errors, StringComparison.Ordinal);
            Assert.Contains(named, errors, StringComparison.Ordinal);
        }
    }

    /// <summary>What no schema can say, by the templates, so that any renderer refuses it.</summary>
    [Theory]
    [InlineData("terminationGracePeriodSeconds", "29", "terminationGracePeriodSeconds is 29: at least 30 is allowed, which is preStopSleepSeconds, settings.DrainMs and 20 s")]
    [InlineData("", "{\"settings\": {\"DrainMs\": 16001}, \"terminationGracePeriodSeconds\": 41}", "terminationGracePeriodSeconds is 41: at least 42 is allowed")]
    [InlineData("", "{\"preStopSleepSeconds\": 30, \"terminationGracePeriodSeconds\": 54}", "terminationGracePeriodSeconds is 54: at least 55 is allowed")]
    [InlineData("ports.metrics", "5080", "ports.metrics is 5080: another port than ports.grpc is allowed")]
    [InlineData("ports.http", "5080", "ports.http is 5080: another port than ports.grpc and ports.metrics is allowed, or 0 for none")]
    [InlineData("ports.http", "5081", "ports.http is 5081: another port than ports.grpc and ports.metrics is allowed, or 0 for none")]
    [InlineData("serve.autoscaling.maxReplicas", "1", "serve.autoscaling.maxReplicas is 1: at least minReplicas (2) is allowed")]
    [InlineData("access.grantsSecret", "\"\"", "access has no grants: grantsSecret or grantsInDatabase is required")]
    [InlineData("access.grantsInDatabase", "true", "access.grantsInDatabase is true and access.grantsSecret is 'consent-grants': one of both is allowed")]
    [InlineData("tls.secret", "\"\"", "tls.secret is missing: a Secret with tls.crt and tls.key is required")]
    [InlineData("", "{\"tls\": {\"secret\": \"\", \"allowPlaintext\": true, \"clientCaSecret\": \"ca\"}}", "tls.clientCaSecret is 'ca': with tls.secret and with grants it is allowed")]
    [InlineData("access.jwt.issuer", "\"https://issuer.example\"", "access.jwt is not whole: grants, issuer, audience and one of keysUrl and keysSecret are required")]
    [InlineData("access.jwt", "{\"issuer\": \"i\", \"audience\": \"a\", \"keysUrl\": \"https://i.example/k\"}", "access.jwt.keysUrl is 'https://i.example/k': networkPolicy.extraEgress must open the way to it")]
    [InlineData("settings.Traces.OtlpEndpoint", "\"http://collector:4317\"", "settings.Traces.OtlpEndpoint is 'http://collector:4317': networkPolicy.extraEgress must open the way to it")]
    public async Task Values_that_do_not_fit_each_other_are_refused_in_one_sentence(string path, string json, string sentence)
    {
        foreach (var renderer in ChartRenderer.All)
        {
            var (code, errors) = await RenderAsync(renderer, path, json);
            Assert.NotEqual(0, code);
            Assert.Contains(sentence, errors, StringComparison.Ordinal);
        }
    }

    private static async Task<(int Code, string Errors)> RenderAsync(ChartRenderer renderer, string path, string json)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, path.Length == 0 ? json : ChartValues.At(path, json).ToJsonString());
            var (code, _, errors) = await renderer.RenderAsync(ChartSetting.Smallest, ChartSetting.Smallest.ValuesFile, file);
            return (code, errors);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
