using Belong.ConsentService.Hosting;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>What a request must look like, before any fact is read.</summary>
internal static class WriteShape
{
    public const int MaxMemberChanges = 100;
    public const int MaxRegisterChanges = 1_000;
    private static readonly string[] Positions = [.. Enumerable.Range(0, MaxRegisterChanges).Select(index => $"changes[{index}]")];

    /// <summary>Where a change stands, as refusals name it.</summary>
    public static string Position(int index) => Positions[index];

    public static void RequireContext(V1.WriteContext? context, string at = "context")
    {
        if (context is null)
        {
            throw Refusal.Field(at, "not given", "idempotency_key and actor are required");
        }

        Require.Id(at, "idempotency_key", context.IdempotencyKey);
        Require.Text(at, "actor", context.Actor, 1, 200);
        Require.Text(at, "reason", context.Reason, 0, 2_000);
        Require.Instant(at, "received_at", context.ReceivedAt);
    }

    public static void RequireMember(string memberId, IList<V1.MemberChange> changes)
    {
        Require.Id("", "member_id", memberId);
        Require.Count("", "changes", changes.Count, 1, MaxMemberChanges);
        for (var i = 0; i < changes.Count; i++)
        {
            MemberChangeShape.Check(changes[i], Positions[i]);
        }
    }

    public static void RequireRegister(IList<V1.RegisterChange> changes)
    {
        Require.Count("", "changes", changes.Count, 1, MaxRegisterChanges);
        for (var i = 0; i < changes.Count; i++)
        {
            RegisterChangeShape.Check(changes[i], Positions[i]);
        }
    }
}
