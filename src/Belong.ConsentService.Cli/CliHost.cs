using System.Text;
using Microsoft.Win32.SafeHandles;

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

    /// <summary>Standard output for lines that another program acts on: unlike the console's, it fails when that one has gone.</summary>
    public Func<TextWriter> OpenLines { get => field ?? (() => Output); init; }

    public static CliHost OfProcess()
    {
        Console.OutputEncoding = Encoding.UTF8;
        return new(
            Console.Out,
            Console.Error,
            Console.OpenStandardInput,
            System.Environment.GetEnvironmentVariable,
            !Console.IsErrorRedirected)
        {
            Width = TerminalWidth,
            OpenLines = OpenLinesOfProcess,
        };
    }

    /// <summary>A file is left to the console: a stream of its own would not move the place where others go on writing.</summary>
    private static TextWriter OpenLinesOfProcess()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return Console.Out;
        }

        var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return output.CanSeek ? Console.Out : new StreamWriter(output) { AutoFlush = true };
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
