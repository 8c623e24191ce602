namespace Belong.ConsentService.Dev.Seeding;

/// <summary>A running count: on a terminal in one line, elsewhere a line for each tenth.</summary>
internal sealed class SeedProgress(TextWriter output, int total)
{
    private const int TerminalStep = 1_000;
    private const int QuietBelow = 100_000;

    private int _count;

    public void Count()
    {
        _count++;
        if (!Console.IsOutputRedirected && (_count % TerminalStep == 0 || _count == total))
        {
            output.Write($"\rMembers: {_count} of {total} sent{(_count == total ? "\n" : "")}");
        }
        else if (Console.IsOutputRedirected && total >= QuietBelow && _count % (total / 10) == 0)
        {
            output.WriteLine($"Members: {_count} of {total} sent.");
        }
    }
}
