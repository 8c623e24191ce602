using Prometheus;

namespace Belong.ConsentService.Hosting;

/// <summary>The second port: metrics and probes over HTTP/1.1.</summary>
internal static class Probes
{
    /// <summary>Nothing is asked here: a restart mends no store, and every instance would restart at once.</summary>
    private const string LiveText = "live: the process answers; stores do not count, as a restart mends none\n";

    public static void Map(IApplicationBuilder app)
    {
        var metrics = app.ApplicationServices.GetRequiredService<ConsentMetrics>();
        app.Map("/metrics", branch => branch.UseMetricServer(settings => settings.Registry = metrics.Registry, url: null));
        app.Map("/healthz/live", branch => branch.Run(http => http.Response.WriteAsync(LiveText)));
        app.Map("/healthz/ready", branch => branch.Run(AnswerReady));
        app.Map("/healthz/degraded", branch => branch.Run(AnswerDegraded));
        app.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return http.Response.WriteAsync("/metrics, /healthz/live, /healthz/ready and /healthz/degraded are here\n");
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

    /// <summary>200 while nothing is wrong: for alerts, never for balancers.</summary>
    private static Task AnswerDegraded(HttpContext http)
    {
        var readiness = http.RequestServices.GetRequiredService<Readiness>();
        string[] reasons = [.. readiness.FindCauses(), .. readiness.FindDegradations()];
        if (reasons.Length == 0)
        {
            return http.Response.WriteAsync("not degraded\n");
        }

        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsync($"degraded: {string.Join("; ", reasons)}\n");
    }
}
