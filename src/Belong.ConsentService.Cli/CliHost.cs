namespace Belong.ConsentService.Cli;

/// <summary>What the tool takes from the process around it; tests give their own.</summary>
internal sealed record CliHost(
    TextWriter Output,
    TextWriter Error,
    Func<Stream> OpenInput,
    Func<string, string?> Environment,
    bool ShowsProgress)
{
    public static CliHost OfProcess()
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        return new(
            Console.Out,
            Console.Error,
            Console.OpenStandardInput,
            System.Environment.GetEnvironmentVariable,
            !Console.IsErrorRedirected);
    }
}
