using System.CommandLine;
using Belong.ConsentService.Dev.Verbs;

// Each verb has a file of its own in Verbs.
var root = new RootCommand("Tools for developing the consent service.")
{
    ChaosVerb.Build(),
    ConformanceVerb.Build(),
    FillVerb.Build(),
    LatencyVerb.Build(),
    SeedVerb.Build(),
};
return await root.Parse(args).InvokeAsync();
