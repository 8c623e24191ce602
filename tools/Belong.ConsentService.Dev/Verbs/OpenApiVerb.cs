using System.CommandLine;
using Belong.ConsentService.Dev.OpenApi;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>openapi</c>: the description of the paths over HTTP, for docs/openapi.json.</summary>
internal static class OpenApiVerb
{
    public static Command Build()
    {
        var command = new Command("openapi", "Writes the OpenAPI document of the contract to standard output.");
        command.SetAction(async (_, cancellation) =>
        {
            await Console.Out.WriteAsync(OpenApiWriter.Write().AsMemory(), cancellation);
            return 0;
        });
        return command;
    }
}
