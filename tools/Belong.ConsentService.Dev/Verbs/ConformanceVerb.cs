using System.CommandLine;
using Belong.ConsentService.Dev.Conformance;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>conformance DIR</c>: the cases of a folder through every door.</summary>
internal static class ConformanceVerb
{
    public static Command Build()
    {
        var folder = new Argument<string>("DIR") { Description = "A folder of cases in the form of spec/cases" };
        var command = new Command("conformance", "Runs every case through the evaluator alone and through each door of the whole stack.") { folder };
        command.SetAction((result, _) => ConformanceRun.RunAsync(result.GetRequiredValue(folder)));
        return command;
    }
}
