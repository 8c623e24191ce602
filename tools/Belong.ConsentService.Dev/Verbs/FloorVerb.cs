using System.CommandLine;
using Belong.ConsentService.Dev.Bench.Floor;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>floor</c>: started by <c>bench</c>.</summary>
internal static class FloorVerb
{
    public static Command Build()
    {
        var redis = new Option<string>("--redis") { Required = true };
        var keys = new Option<string>("--keys") { Required = true };
        var command = new Command("floor", "A bare gRPC service with one GET, to measure against.") { redis, keys };
        command.Hidden = true;
        command.SetAction(result => FloorHost.RunAsync(result.GetRequiredValue(redis), result.GetRequiredValue(keys)));
        return command;
    }
}
