using Belong.Consent.V1;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Lookup;
using Google.Protobuf;

namespace Belong.ConsentService.Warming;

/// <summary>Batches and lists on members in the cache.</summary>
internal sealed class WarmUpBulk(IServiceProvider services) : IWarmUpPart
{
    private readonly WarmUpStack _stack = new(services);
    private readonly WarmUpQuestions _questions = new(services);

    public string Name => "batches and lists";

    public TimeSpan Rest => TimeSpan.FromMilliseconds(5);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var members = await _questions.ReadMembersAsync(cancellation);
        var batch = new CheckBatchRequest();
        batch.Checks.Add(members.Select(member => new BatchCheck { CorrelationId = member, Use = WarmUpQuestions.Use(member) }));
        batch.Checks.Add(members.Select(member => new BatchCheck { CorrelationId = member, Disclosure = _questions.Disclosure(member) }));
        var context = new WarmUpContext(DateTime.MaxValue, cancellation);
        var answers = await _stack.Service.CheckBatch(CheckBatchRequest.Parser.ParseFrom(batch.ToByteArray()), context);
        if (answers.Answers.Any(answer => answer.Decision?.Basis.Source != FactsSource.Cache))
        {
            throw new FactsUnreadableException("the cache does not answer, or is too old");
        }

        answers.ToByteArray();
        var header = new AudienceHeader { Use = WarmUpQuestions.Use("") };
        var question = await AudienceQuestion.ReadAsync(header, WarmUpContext.Caller, _stack.Admission, default, cancellation);
        await _stack.Judge.JudgeAsync(question, members, cover: null, default, cancellation);
    }
}
