using Belong.Consent.V1;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Http;
using Belong.ConsentService.Lookup;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Belong.ConsentService.Warming;

/// <summary>Checks by HTTP and JSON, from the text of the question to that of the answer, that are in no metric.</summary>
internal sealed class WarmUpHttp(IServiceProvider services, JsonDoor door) : IWarmUpPart
{
    private static readonly PathString CheckUse = "/v1/checks/use";

    private readonly WarmUpQuestions _questions = new(services);
    private readonly OwnServices _own = new(services, new WarmUpStack(services).Service);

    public string Name => "checks over HTTP";

    public TimeSpan Rest => TimeSpan.FromMilliseconds(5);

    /// <summary>Nothing without the port.</summary>
    public static IEnumerable<IWarmUpPart> MakeWhenOn(IServiceProvider services) =>
        services.GetService<JsonDoorHolder>()?.Door is { } door ? [new WarmUpHttp(services, door)] : [];

    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var member in await _questions.ReadMembersAsync(cancellation))
        {
            await AskAsync(JsonFormatter.Default.Format(WarmUpQuestions.Use(member)), cancellation);
        }
    }

    private async Task AskAsync(string question, CancellationToken cancellation)
    {
        var http = new DefaultHttpContext { RequestServices = _own, User = WarmUpContext.Caller, RequestAborted = cancellation };
        var call = new JsonCall();
        http.Features.Set(call);
        http.SetEndpoint(door.Find(CheckUse));
        http.Request.ContentType = "application/json";
        http.Request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(question));
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new MemoryStream()));
        await new JsonAnswers(asked => JsonBody.ReadAsync(asked, asked.GetEndpoint()!.RequestDelegate!)).InvokeAsync(http);
        if (call.Code != StatusCode.OK)
        {
            throw new FactsUnreadableException($"a check over HTTP ended with {call.Code}");
        }
    }

    /// <summary>The service that counts apart, in the place of the one that is asked.</summary>
    private sealed class OwnServices(IServiceProvider inner, ConsentCheckService service) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(ConsentCheckService) ? service : inner.GetService(serviceType);
    }
}
