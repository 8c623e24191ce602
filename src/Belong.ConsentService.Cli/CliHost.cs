namespace Belong.ConsentService.Cli;

/// <summary>What the tool takes from the process around it; tests give their own.</summary>
internal sealed record CliHost(
    TextWriter Output,
    TextWriter Error,
    Func<Stream> OpenInput,
    Func<string, string?> Environment,
    bool ShowsProgress)
{
    private const int UnknownWidth = 80;

    /// <summary>For pauses and for the time left.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Columns of the terminal.</summary>
    public Func<int> Width { get; init; } = static () => UnknownWidth;

    public static CliHost OfProcess()
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        return new(
            Console.Out,
            Console.Error,
            Console.OpenStandardInput,
            System.Environment.GetEnvironmentVariable,
            !Console.IsErrorRedirected)
        {
            Width = TerminalWidth,
        };
    }

    private static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : UnknownWidth;
        }
        catch (IOException)
        {
            return UnknownWidth;
        }
    }
}
