namespace Belong.ConsentService.Testing.Redis;

/// <summary>The lines "name:value" of INFO and CLUSTER INFO.</summary>
internal sealed class RedisInfo
{
    private readonly Dictionary<string, string> _values = [];

    public RedisInfo(string text)
    {
        foreach (var line in text.Split("\r\n"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                _values[line[..colon]] = line[(colon + 1)..];
            }
        }
    }

    public string this[string name] => _values.GetValueOrDefault(name, "");

    public RedisRole Role => this["role"] == "master" ? RedisRole.Primary : RedisRole.Replica;

    /// <summary>A replica that follows its primary's writes.</summary>
    public bool IsLinkedReplica => Role == RedisRole.Replica && this["master_link_status"] == "up";

    /// <summary>Replicas that have the data and follow.</summary>
    public int LinkedReplicas =>
        _values.Count(pair => pair.Key.StartsWith("slave", StringComparison.Ordinal) && pair.Value.Contains("state=online", StringComparison.Ordinal));
}
