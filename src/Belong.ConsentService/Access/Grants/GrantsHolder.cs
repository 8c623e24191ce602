namespace Belong.ConsentService.Access.Grants;

/// <summary>The grants in force.</summary>
public sealed class GrantsHolder
{
    private volatile CallerGrants _current = CallerGrants.None;

    public CallerGrants Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Somebody may ask.</summary>
    public bool IsKnown => _current.Version > 0;
}
