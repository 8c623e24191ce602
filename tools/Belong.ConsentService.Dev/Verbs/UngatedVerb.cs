using System.CommandLine;
using Belong.ConsentService.Dev.Bench.Floor;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>ungated</c>: started by <c>bench</c>.</summary>
internal static class UngatedVerb
{
    public static Command Build()
    {
        var settings = new Argument<string[]>("settings");
        var command = new Command("ungated", "The service without what stands before its calls, to measure against.") { settings };
        command.Hidden = true;
        command.SetAction(result => UngatedHost.RunAsync(result.GetRequiredValue(settings)));
        return command;
    }
}
