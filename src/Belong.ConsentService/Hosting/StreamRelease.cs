using System.Linq.Expressions;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// Frees a stream of HTTP/2 that Kestrel uses again from what it forgets to: that the last answer on it was still marked as due
/// to be written, because its caller had widened the window in the very moment in which it ended
/// (<see href="https://github.com/dotnet/aspnetcore/issues/53736"/>). The next answer would never be sent, and its caller
/// wait until its deadline. To go when Kestrel does it itself: <c>StreamReleaseTests</c> says when it no longer fits.
/// </summary>
internal static class StreamRelease
{
    private const string Internals = "Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http2.";

    private static readonly Action<object, bool>? SetScheduled = Build();

    /// <summary>False when Kestrel is not built as was expected: then nothing is freed.</summary>
    public static bool IsKnown => SetScheduled is not null;

    /// <summary>To be called before anything of the answer is written.</summary>
    public static void Release(HttpContext http) => Mark(http, false);

    /// <summary>For tests, true is what Kestrel leaves behind.</summary>
    internal static void Mark(HttpContext http, bool isScheduled)
    {
        // The features of a call are its stream itself.
        SetScheduled?.Invoke(http.Features, isScheduled);
    }

    private static Action<object, bool>? Build()
    {
        const BindingFlags own = BindingFlags.Instance | BindingFlags.NonPublic;
        var kestrel = typeof(KestrelServer).Assembly;
        if (kestrel.GetType($"{Internals}Http2Stream") is not { } streamType
            || streamType.GetField("_http2Output", own) is not { } output
            || output.FieldType.GetField("_isScheduled", own) is not { } isScheduled || isScheduled.FieldType != typeof(bool))
        {
            return null;
        }

        var (features, value, stream) = (Expression.Parameter(typeof(object)), Expression.Parameter(typeof(bool)), Expression.Variable(streamType));
        var set = Expression.Block(
            [stream],
            Expression.Assign(stream, Expression.TypeAs(features, streamType)),
            Expression.IfThen(
                Expression.ReferenceNotEqual(stream, Expression.Constant(null)),
                Expression.Assign(Expression.Field(Expression.Field(stream, output), isScheduled), value)));
        return Expression.Lambda<Action<object, bool>>(set, features, value).Compile();
    }
}
