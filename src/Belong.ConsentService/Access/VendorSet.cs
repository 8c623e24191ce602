using System.Collections.Frozen;

namespace Belong.ConsentService.Access;

/// <summary>Recipients by id, case and all; or every one.</summary>
public sealed class VendorSet
{
    private readonly FrozenSet<string>? _ids;

    private VendorSet(FrozenSet<string>? ids) => _ids = ids;

    public static VendorSet All { get; } = new(null);

    public static VendorSet None { get; } = Of([]);

    public static VendorSet Of(IEnumerable<string> ids) => new(ids.ToFrozenSet(StringComparer.Ordinal));

    public bool Contains(string id) => _ids is null || _ids.Contains(id);
}
