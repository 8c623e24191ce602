using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>
/// Lifts restrictions of one kind. A lift of all covers what began by then: a restriction that was
/// received after the wish to lift stays.
/// </summary>
internal static class Lifts
{
    public static T[] Lift<T>(T[] records, V1.Lift lift, Restriction<T> restriction, string name, in ChangeContext context)
        where T : class
    {
        var at = context.StartOf(lift.Start)!.Value;
        if (lift.RecordId.Length > 0)
        {
            RequireLiftable(records, lift.RecordId, at, restriction, name, context);
        }

        return Records.Replace(records, record => IsCovered(record, lift.RecordId, at, restriction) ? restriction.LiftedAt(record, at) : null)
            ?? throw context.NotFound(name + ".record_id", "\"\"", $"no restriction of this kind began by {at} and is not lifted");
    }

    private static bool IsCovered<T>(T record, string recordId, Instant at, Restriction<T> restriction) =>
        restriction.LiftOf(record) is null
        && (recordId.Length > 0 ? restriction.IdOf(record) == recordId : !(restriction.StartOf(record) > at));

    private static void RequireLiftable<T>(T[] records, string recordId, Instant at, Restriction<T> restriction, string name, in ChangeContext context)
        where T : class
    {
        var record = Array.Find(records, record => restriction.IdOf(record) == recordId)
            ?? throw context.NotFound(name + ".record_id", Require.Show(recordId), "the member has no such record");
        if (restriction.LiftOf(record) is { } lifted)
        {
            throw context.NotNow(name + ".record_id", Require.Show(recordId), $"the record was lifted at {lifted} already");
        }

        if (restriction.StartOf(record) is { } start && start > at && start <= context.RecordedAt)
        {
            throw context.Malformed(name + ".start", at.ToString(), $"the record began at {start}, and cannot be lifted before");
        }
    }
}

/// <summary>How to read and to lift a restriction of one kind.</summary>
internal sealed record Restriction<T>(
    Func<T, string?> IdOf,
    Func<T, Instant?> StartOf,
    Func<T, Instant?> LiftOf,
    Func<T, Instant, T> LiftedAt)
{
    /// <summary>A record id names one record of its kind.</summary>
    public string NewId(T[] records, string given, string name, in ChangeContext context)
    {
        var id = context.RecordIdOf(given);
        foreach (var record in records)
        {
            if (IdOf(record) == id)
            {
                throw context.Taken(name + ".record_id", Require.Show(id), "the member has a record of this id");
            }
        }

        return id;
    }
}
