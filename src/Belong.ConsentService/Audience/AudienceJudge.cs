using Belong.ConsentService.Checks;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>Judges some members by one question, each as if asked alone.</summary>
public sealed class AudienceJudge(BulkLookup lookup, FreshnessBounds bounds, ConsentMetrics metrics)
{
    /// <param name="cover">What the facts must include; a member whose facts do not is not decided.</param>
    public async Task<Verdicts> JudgeAsync(AudienceQuestion question, IReadOnlyList<string> memberIds, FactsCover? cover, AnswerTime end, CancellationToken cancellation)
    {
        var verdicts = new Verdicts(memberIds.Count);
        var (ids, places) = TakeIds(memberIds, verdicts);
        var visit = new Visit(question.Request, bounds, verdicts, places);
        await lookup.ReadAsync(ids, bounds.For(question.Request), cover, end, visit, cancellation);
        metrics.Decided(question.Request.Kind, verdicts.Tally);
        return verdicts;
    }

    /// <summary>What is an id, and where it stood; null when all are, each in its own place.</summary>
    private static (string[] Ids, int[]? Places) TakeIds(IReadOnlyList<string> memberIds, Verdicts verdicts)
    {
        var ids = new string[memberIds.Count];
        int[]? places = null;
        var count = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (FieldReader.IsId(memberIds[i]))
            {
                if (places is not null)
                {
                    places[count] = i;
                }

                ids[count++] = memberIds[i];
                continue;
            }

            places ??= [.. Enumerable.Range(0, ids.Length)];
            verdicts.Refuse(i);
        }

        return (count == ids.Length ? ids : ids[..count], places);
    }

    private sealed class Visit(CheckRequest request, FreshnessBounds bounds, Verdicts verdicts, int[]? places) : IFactsVisitor
    {
        void IFactsVisitor.Visit(int index, in FactsView facts, FactsOrigin origin, Instant now) =>
            verdicts.Set(places is null ? index : places[index], Evaluator.Decide(new Admission(request, now, null, null), facts, bounds));
    }
}
