using System.CommandLine;
using Belong.ConsentService.Dev.Verbs;

// Each verb has a file of its own in Verbs.
var root = new RootCommand("Tools for developing the consent service.")
{
    BenchVerb.Build(),
    ChaosVerb.Build(),
    ConformanceVerb.Build(),
    DashboardVerb.Build(),
    FillVerb.Build(),
    FloorVerb.Build(),
    FuzzVerb.Build(),
    LatencyVerb.Build(),
    OpenApiVerb.Build(),
    RollingVerb.Build(),
    SeedVerb.Build(),
    SizingVerb.Build(),
    UngatedVerb.Build(),
};
return await root.Parse(args).InvokeAsync();
