using System.Buffers;
using Belong.Consent.V1;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Lookup;
using Google.Protobuf;
using Grpc.Core;

namespace Belong.ConsentService.Warming;

/// <summary>Single checks of all kinds, from the bytes of the question to those of the answer, on members in the cache.</summary>
internal sealed class WarmUpChecks(IServiceProvider services) : IWarmUpPart
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly ConsentCheckService _service = new WarmUpStack(services).Service;
    private readonly WarmUpQuestions _questions = new(services);
    private readonly ArrayBufferWriter<byte> _answer = new();

    public string Name => "checks from the cache";

    public TimeSpan Rest => TimeSpan.Zero;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var members = await _questions.ReadMembersAsync(cancellation);
        // When the cache does not answer, one check finds it out, and no more go to PostgreSQL.
        var first = await AskAsync(WarmUpQuestions.Use(members[0]), CheckUseRequest.Parser, _service.CheckUse, cancellation);
        if (first.Decision.Basis.Source != FactsSource.Cache)
        {
            throw new FactsUnreadableException("the cache does not answer, or is too old");
        }

        foreach (var member in members)
        {
            await AskAsync(WarmUpQuestions.Use(member), CheckUseRequest.Parser, _service.CheckUse, cancellation);
            await AskAsync(_questions.Disclosure(member), CheckDisclosureRequest.Parser, _service.CheckDisclosure, cancellation);
        }

        await AskAsync(WarmUpQuestions.AnonymizedProvision(), CheckAnonymizedProvisionRequest.Parser, _service.CheckAnonymizedProvision, cancellation);
        await AskMalformedAsync(cancellation);
    }

    private async Task<TAnswer> AskAsync<TQuestion, TAnswer>(TQuestion question, MessageParser<TQuestion> parser, Func<TQuestion, ServerCallContext, Task<TAnswer>> rpc, CancellationToken cancellation)
        where TQuestion : class, IMessage<TQuestion>
        where TAnswer : class, IMessage<TAnswer>
    {
        var asked = parser.ParseFrom(new ReadOnlySequence<byte>(question.ToByteArray()));
        var answer = await rpc(asked, new WarmUpContext(DateTime.UtcNow + Deadline, cancellation));
        _answer.ResetWrittenCount();
        _answer.GetSpan(answer.CalculateSize());
        answer.WriteTo(_answer);
        return answer;
    }

    private async Task AskMalformedAsync(CancellationToken cancellation)
    {
        try
        {
            await AskAsync(new CheckUseRequest(), CheckUseRequest.Parser, _service.CheckUse, cancellation);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.InvalidArgument)
        {
            // As it should be.
        }
    }
}
