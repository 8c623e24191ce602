namespace Belong.ConsentService.Lookup;

/// <summary>What was wrong with the stores when they were last looked at, a few times a second; null when nothing was.</summary>
public sealed class StoreHealth
{
    private volatile string? _cacheFault;
    private volatile string? _databaseFault;

    public string? CacheFault
    {
        get => _cacheFault;
        set => _cacheFault = value;
    }

    public string? DatabaseFault
    {
        get => _databaseFault;
        set => _databaseFault = value;
    }
}
