using System.CommandLine;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Connection;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public const string DefaultAddress = "http://127.0.0.1:5080";
    public const double DefaultTimeoutSeconds = 10;

    public Option<string> Address { get; } =
        Opt.Text("--address", "URL", $"Where the service listens. Else CONSENT_ADDRESS, else {DefaultAddress}.");

    public Option<string> Key { get; } = Opt.Text("--key", "KEY", "The caller's key. Better: CONSENT_KEY, which no process list shows.");

    public Option<double?> Timeout { get; } = new("--timeout")
    {
        Description = $"How long to wait, in seconds: {DefaultTimeoutSeconds} when left out, for an import without end. Of screen and watch: how long the service may stand still.",
        HelpName = "SECONDS",
    };

    public Option<bool> Json { get; } = Opt.Flag("--json", "Print the service's answer as JSON, also an error.");

    public Option<string> Language { get; } = Opt.Text("--lang", "ja|en", "The words of reasons: ja or en; both when left out. Of screen and watch: as the locale says when left out.");

    public void AddTo(RootCommand root)
    {
        Timeout.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<double?>() is not (null or (> 0 and <= 86_400)))
            {
                result.AddError("--timeout must be above 0 and at most 86400 seconds.");
            }
        });
        Language.AcceptOnlyFromAmong("ja", "en");
        foreach (var option in new Option[] { Address, Key, Timeout, Json, Language })
        {
            option.Recursive = true;
            root.Add(option);
        }
    }
}
