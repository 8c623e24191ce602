using System.Globalization;
using System.Text;
using Belong.ConsentService.Hosting;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using HttpResponse = Microsoft.AspNetCore.Http.HttpResponse;
using Status = Google.Rpc.Status;

namespace Belong.ConsentService.Http;

/// <summary>
/// Answers over HTTP and JSON. Whatever refuses a call, the gate in gRPC's headers, the door and the body by an exception, or
/// the service, the caller is told it in one form: google.rpc.Status in JSON, with the HTTP status of its code.
/// </summary>
internal sealed class JsonAnswers(RequestDelegate next)
{
    public static TypeRegistry Details { get; } = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor);

    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private const string ContentType = "application/json; charset=utf-8";

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(Details));
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(Details).WithIgnoreUnknownFields(true));

    public async Task InvokeAsync(HttpContext http)
    {
        var call = http.Features.GetRequiredFeature<JsonCall>();
        // What is written is held back until it is known how the call ended. It is bounded, as what is asked is.
        var wire = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var answer = new MemoryStream();
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer, wire));
        var status = await RunAsync(http, answer);
        http.Features.Set(wire);
        if (status is null && http.RequestAborted.IsCancellationRequested)
        {
            call.Code = StatusCode.Cancelled;
            return;
        }

        call.Code = (StatusCode)(status?.Code ?? 0);
        http.Response.Headers.CacheControl = "no-store";
        if (status is null)
        {
            http.Response.ContentLength = answer.Length;
            await http.Response.Body.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length), http.RequestAborted);
        }
        else
        {
            await WriteAsync(http.Response, status);
        }
    }

    /// <summary>Null when the call was answered, or nobody waits for it.</summary>
    private async Task<Status?> RunAsync(HttpContext http, MemoryStream answer)
    {
        try
        {
            await next(http);
        }
        catch (RpcException e)
        {
            return StatusOf(e);
        }
        catch (BadHttpRequestException)
        {
            return StatusOf(Refusal.Field("body", "broken", "a whole body in time is required"));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested)
        {
            return null;
        }

        return TakeOfGate(http.Response) ?? (http.Response.StatusCode < StatusCodes.Status400BadRequest ? null : ReadTranscoded(answer));
    }

    private static Status StatusOf(RpcException refusal) =>
        refusal.GetRpcStatus() ?? new Status { Code = (int)refusal.StatusCode, Message = refusal.Status.Detail };

    private static Status? TakeOfGate(HttpResponse response)
    {
        if (!response.Headers.Remove(StatusHeader, out var code))
        {
            return null;
        }

        response.Headers.Remove(Refusal.DetailsKey, out var details);
        response.Headers.Remove(MessageHeader, out var message);
        return details.Count > 0
            ? Status.Parser.ParseFrom(Convert.FromBase64String(details.ToString()))
            : new Status { Code = int.Parse(code.ToString(), CultureInfo.InvariantCulture), Message = message.ToString() };
    }

    private static Status ReadTranscoded(MemoryStream answer)
    {
        var status = Parser.Parse<Status>(Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length));
        // Without details it is not the service that refused but the reading, in words that name types of a program.
        return status is { Code: (int)StatusCode.InvalidArgument, Details.Count: 0 }
            ? StatusOf(Refusal.Field("body", "no message of this path", $"one as {JsonDoor.DocumentPath} has it is required"))
            : status;
    }

    private static async Task WriteAsync(HttpResponse response, Status status)
    {
        var bytes = Encoding.UTF8.GetBytes(Formatter.Format(status) + '\n');
        response.StatusCode = response.Headers.Allow.Count > 0 ? StatusCodes.Status405MethodNotAllowed : HttpStatusOf((StatusCode)status.Code);
        response.ContentType = ContentType;
        response.ContentLength = bytes.Length;
        if (status.GetDetail<RetryInfo>() is { } retry)
        {
            // Whole seconds are all that the header can say.
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(retry.RetryDelay.ToTimeSpan().TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (status.Code == (int)StatusCode.Unauthenticated)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        await response.Body.WriteAsync(bytes, response.HttpContext.RequestAborted);
    }

    /// <summary>As google.rpc.Code says.</summary>
    internal static int HttpStatusOf(StatusCode code) => code switch
    {
        StatusCode.OK => StatusCodes.Status200OK,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Cancelled => StatusCodes.Status499ClientClosedRequest,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}
