namespace Belong.ConsentService.Cache;

/// <summary>Settings of what is kept in Redis.</summary>
public sealed class CacheSettings
{
    /// <summary>Stands before every key; short, as each member pays for it.</summary>
    public string Prefix { get; set; } = "c";

    /// <summary>How long "no such member" is kept. It bounds memory; freshness does not rest on it.</summary>
    public int NoSuchMemberSeconds { get; set; } = 60;
}
