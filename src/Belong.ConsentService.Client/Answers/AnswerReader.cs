using System.Collections.Frozen;
using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Client;

/// <summary>
/// Makes an answer of a decision. A permission has to fit together in every respect, else there is no answer at all; an
/// outcome that is not known here is of a newer server, and no permission.
/// </summary>
internal static class AnswerReader
{
    /// <summary>From here on a reason goes with a permission.</summary>
    private const ReasonCode FirstPermission = ReasonCode.UsePermitted;

    public static ConsentAnswer Read(Question question, Decision? decision, AskedAt asked)
    {
        Require(decision is not null, "an answer without a decision");
        return decision!.Outcome switch
        {
            Outcome.Allow => ReadWhole(question, decision, asked),
            Outcome.AllowPartial => ReadPart(question, decision, asked),
            Outcome.Deny when decision.Retryable => new Undecided(decision),
            _ => new Denied(decision),
        };
    }

    private static Allowed ReadWhole(Question question, Decision decision, AskedAt asked)
    {
        var terms = ReadTerms(decision, asked);
        Require(decision.WithheldItems.Count == 0, "ALLOW with items withheld");
        var items = question.IsDisclosure ? ReadItems(decision) : [];
        if (question.IsDisclosure && question.Items.Count > 0)
        {
            Require(items.SetEquals(question.Items), "ALLOW with other items than were asked for");
        }

        return new Allowed(question.MemberId, items, decision, terms);
    }

    private static PartlyAllowed ReadPart(Question question, Decision decision, AskedAt asked)
    {
        Require(question.IsDisclosure, "ALLOW_PARTIAL to what cannot be allowed in part");
        var terms = ReadTerms(decision, asked);
        Require(decision.Obligations.Contains(Obligation.SendOnlyPermittedItems), "ALLOW_PARTIAL without SEND_ONLY_PERMITTED_ITEMS");
        var items = ReadItems(decision);
        var withheld = decision.WithheldItems.DistinctBy(item => item.Item).ToFrozenDictionary(item => item.Item, item => item.Reason);
        Require(items.Count > 0 && withheld.Count > 0, "ALLOW_PARTIAL that permits or withholds nothing");
        Require(!items.Overlaps(withheld.Keys), "an item is both permitted and withheld");
        Require(question.Items.Count == 0 || items.IsSubsetOf(question.Items), "items are permitted that were not asked for");
        Require(question.Items.All(item => items.Contains(item) || withheld.ContainsKey(item)), "an item is neither permitted nor withheld");
        return new PartlyAllowed(question.MemberId, items, withheld, decision, terms);
    }

    private static Terms ReadTerms(Decision decision, AskedAt asked)
    {
        Require(decision.Reasons.Count > 0 && decision.Reasons.All(reason => reason >= FirstPermission), "a permission for reasons that deny");
        Require(!decision.Retryable, "a permission that is to be asked for again");
        Require(decision.Basis is { RulesVersion.Length: > 0 }, "a permission without what it rests on");
        return new Terms(asked, ReadValidity(decision.EvaluatedAt, decision.ValidUntil), decision.Obligations);
    }

    public static TimeSpan ReadValidity(Timestamp? evaluatedAt, Timestamp? validUntil)
    {
        Require(evaluatedAt is not null && validUntil is not null, "a permission without the time that it holds");
        try
        {
            var validity = validUntil!.ToDateTime() - evaluatedAt!.ToDateTime();
            Require(validity >= TimeSpan.Zero, "a permission that ended before it was given");
            return validity;
        }
        catch (InvalidOperationException e)
        {
            throw new ConsentContradictionException("a permission until an instant that does not exist", e);
        }
    }

    /// <summary>An item that is not known here is of a newer server, and nothing that could be sent.</summary>
    private static FrozenSet<DataItem> ReadItems(Decision decision) =>
        decision.PermittedItems.Where(item => System.Enum.IsDefined(item) && item != DataItem.Unspecified).ToFrozenSet();

    private static void Require(bool fits, string problem)
    {
        if (!fits)
        {
            throw new ConsentContradictionException(problem);
        }
    }
}
