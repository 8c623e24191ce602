using Belong.Consent.V1;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>A generated member: an id and facts of consent, nothing else.</summary>
/// <param name="Changes">The registration and what came after it, in order.</param>
/// <param name="IsErasedLater">To be erased by a write of its own after the import.</param>
public sealed record MixMember(string Id, IReadOnlyList<MemberChange> Changes, bool IsErasedLater);
