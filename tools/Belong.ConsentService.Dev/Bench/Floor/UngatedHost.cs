using Belong.ConsentService.Access;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Hosting;

namespace Belong.ConsentService.Dev.Bench.Floor;

/// <summary>The service itself, but for what stands before its calls: nobody is asked who he is, nothing is limited, timed or counted there.</summary>
internal static class UngatedHost
{
    /// <summary>Tells its address on standard output, and serves until standard input ends.</summary>
    /// <param name="settings">Such as <c>Consent:Redis:Prefix=c</c>.</param>
    public static async Task RunAsync(string[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder([.. settings.Select(setting => $"--{setting}"), "--Consent:Listen:GrpcPort=0", "--Consent:Listen:MetricsPort=0", "--Consent:Roles:0=serve"]);
        builder.Logging.ClearProviders();
        await using var host = ConsentHost.Build(builder, ConsentHost.ReadSettings(builder.Configuration), TimeProvider.System, typeof(OpenGate));
        await host.StartAsync();
        Console.WriteLine(host.Urls.First());
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
    }

    private sealed class OpenGate(RequestDelegate next, IServiceProvider services)
    {
        private readonly Caller _anybody = new("anybody") { Grant = BenchQuestions.Asker, Rpcs = RpcSet.All, Vendors = VendorSet.All, MaxBatchChecks = BatchChecker.MaxChecks };

        public Task InvokeAsync(HttpContext http)
        {
            http.User = _anybody;
            http.RequestServices = services;
            return next(http);
        }
    }
}
