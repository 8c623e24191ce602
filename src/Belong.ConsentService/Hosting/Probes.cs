using Prometheus;

namespace Belong.ConsentService.Hosting;

/// <summary>The second port: metrics and probes over HTTP/1.1.</summary>
internal static class Probes
{
    public static void Map(IApplicationBuilder app)
    {
        var metrics = app.ApplicationServices.GetRequiredService<ConsentMetrics>();
        app.Map("/metrics", branch => branch.UseMetricServer(settings => settings.Registry = metrics.Registry, url: null));
        app.Map("/healthz/live", branch => branch.Run(http => http.Response.WriteAsync("live\n")));
        app.Map("/healthz/ready", branch => branch.Run(AnswerReady));
        app.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return http.Response.WriteAsync("/metrics, /healthz/live and /healthz/ready are here\n");
        });
    }

    private static Task AnswerReady(HttpContext http)
    {
        var readiness = http.RequestServices.GetRequiredService<Readiness>();
        var causes = readiness.FindCauses();
        if (causes.Count > 0)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return http.Response.WriteAsync($"not ready: {string.Join("; ", causes)}\n");
        }

        var degradations = readiness.FindDegradations();
        return http.Response.WriteAsync(degradations.Count == 0 ? "ready\n" : $"ready, degraded: {string.Join("; ", degradations)}\n");
    }
}
