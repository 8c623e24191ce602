using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>§10, §11: leaving, staying after all, erasure.</summary>
internal static class StatusChanges
{
    public static bool IsErased(MemberFacts facts, Instant now)
    {
        if (facts.IsTombstone)
        {
            return true;
        }

        return FindErasure(facts) is { } erasure && (erasure.At is null || erasure.At <= now);
    }

    /// <summary>An erasure that is recorded, carried out or not.</summary>
    public static StatusFact? FindErasure(MemberFacts facts) => Array.Find(facts.Statuses, static fact => fact.Status == MemberStatus.Erased);

    public static MemberFacts Change(MemberFacts facts, V1.StatusChange change, in ChangeContext context)
    {
        var isReturn = change.Status == V1.MemberStatus.Active;
        var status = new StatusFact((MemberStatus)change.Status, isReturn ? context.StartOf(change.Start) : context.ReceiptOf(change.Start));
        return Array.IndexOf(facts.Statuses, status) >= 0
            ? facts
            : facts with { Statuses = Insert(facts.Statuses, status, context) };
    }

    /// <summary>At once: only the tombstone is left. Later: the facts stay until it is due.</summary>
    public static MemberFacts Erase(MemberFacts facts, V1.Erasure erasure, in ChangeContext context)
    {
        var at = context.ReceiptOf(erasure.Start);
        if (at is null || at <= context.RecordedAt)
        {
            return Tombstone(at);
        }

        if (FindErasure(facts) is { } earlier && earlier.At <= at)
        {
            throw context.NotNow("erasure.start", at.Value.ToString(), $"the member is to be erased at {earlier.At} already");
        }

        StatusFact[] others = [.. facts.Statuses.Where(static fact => fact.Status != MemberStatus.Erased)];
        return facts with { Statuses = Insert(others, new StatusFact(MemberStatus.Erased, at), context) };
    }

    public static MemberFacts Tombstone(Instant? at) => new() { IsTombstone = true, Statuses = [new StatusFact(MemberStatus.Erased, at)] };

    /// <summary>In order of start; what is not dated began before all else.</summary>
    private static StatusFact[] Insert(StatusFact[] statuses, StatusFact status, in ChangeContext context)
    {
        StatusFact[] all = [.. statuses.Append(status).OrderBy(static fact => fact.At ?? Instant.Earliest).ThenBy(static fact => fact.At is not null)];
        var now = context.RecordedAt;
        // The last that has begun is the present one; what it displaced has ended.
        var ended = all.Count(fact => fact.At is null || fact.At <= now) - 1;
        var kept = all[Math.Max(0, ended - Records.MaxEnded)..];
        return kept.Length <= Records.MaxInAll ? kept : throw context.TooMany("statuses", Records.MaxInAll);
    }
}
