using System.CommandLine;
using Belong.ConsentService.Dev.Watching;
using Belong.ConsentService.Testing.Prometheus;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>dashboard</c>: the dashboard of <c>monitoring/</c> as a picture, from a run that it makes.</summary>
internal static class DashboardVerb
{
    private const string DashboardFile = "monitoring/dashboard.json";
    private const string RulesFile = "monitoring/alerts.yaml";
    private const string PictureFile = "docs/dashboard.png";
    private static readonly TimeSpan Scrape = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RateInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Fault = TimeSpan.FromSeconds(8);

    public static Command Build()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long the time is that the picture shows; 90 unless given", DefaultValueFactory = _ => 90 };
        var output = new Option<string>("--output") { Description = "The picture", DefaultValueFactory = _ => PictureFile };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value and (< 30 or > 3_600))
            {
                result.AddError($"--seconds is {value}: 30 to 3600 is allowed");
            }
        });
        var command = new Command("dashboard", "Runs two instances under load, pauses Redis for a moment, and draws the dashboard from a Prometheus that looked on.") { seconds, output };
        command.SetAction((result, _) => RunAsync(TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(output)!));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan duration, string output)
    {
        var dashboard = Dashboard.Read(DashboardFile);
        await using var stage = await WatchedStage.StartAsync(Scrape, Path.GetFullPath(RulesFile));
        var load = new WatchedLoad(stage).RunAsync(WarmUp + duration);
        await Task.Delay(WarmUp);
        var from = DateTimeOffset.UtcNow;
        Console.WriteLine($"Two instances under load for {duration.TotalSeconds:F0} s; Redis stands still for {Fault.TotalSeconds:F0} s of them.");
        await Task.Delay(duration / 3);
        await stage.Redis.PauseAsync();
        await Task.Delay(Fault);
        await stage.Redis.ResumeAsync();
        await load;
        var to = from + duration;
        var panels = new List<PanelData>();
        foreach (var panel in dashboard.Panels)
        {
            panels.Add(await PanelData.ReadAsync(stage.Prometheus, panel, from, to, Scrape, RateInterval));
        }

        var faultAt = (duration / 3).TotalSeconds;
        DashboardPicture.Save(output, dashboard.Title,
            $"Two instances, 20,000 members, 200 checks and 2 batches of 200 a second, 20 writes a second. From {faultAt:F0} s to {faultAt + Fault.TotalSeconds:F0} s Redis stood still. The figures are those of the end.",
            panels, from);
        var silent = panels.Where(panel => panel.Panel.Type != "row" && panel.Lines.Count == 0).Select(panel => panel.Panel.Title).ToList();
        Console.WriteLine($"Written to {output}: {panels.Count} panels{(silent.Count == 0 ? "" : $", {silent.Count} without data: {string.Join(", ", silent)}")}.");
        return 0;
    }
}
