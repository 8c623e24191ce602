namespace Belong.ConsentService.Cli.Records;

/// <summary>A running count on a terminal; silent elsewhere.</summary>
internal sealed class Progress(CliHost host)
{
    private const int Step = 1_000;

    private long _count;

    public void Count()
    {
        _count++;
        if (host.ShowsProgress && _count % Step == 0)
        {
            host.Error.Write($"\r{_count} members sent");
        }
    }

    public void End()
    {
        if (host.ShowsProgress && _count >= Step)
        {
            host.Error.WriteLine($"\r{_count} members sent");
        }
    }
}
