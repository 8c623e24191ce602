using System.Diagnostics;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Stores;
using Belong.ConsentService.Dev.Measuring;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Fuzz.Judging;

/// <summary>A caller with valid credentials who asks all the while, and must be answered rightly and in time.</summary>
internal sealed class Witness(Uri address, string authorization, Violations violations) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);
    private static readonly (string Member, Outcome Outcome)[] Questions = [("M0000001", Outcome.Allow), ("M0000002", Outcome.Deny)];

    private readonly ServiceClient _client = new(address);
    private readonly List<double> _latenciesMs = [];

    public int Answered => _latenciesMs.Count;

    public Distribution LatenciesMs => new(_latenciesMs);

    /// <summary>Asks until it is told to end.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var i = 0; !cancellation.IsCancellationRequested; i++)
        {
            await AskAsync(Questions[i % Questions.Length]);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task AskAsync((string Member, Outcome Outcome) question)
    {
        var request = new CheckUseRequest { MemberId = question.Member, Channel = Consent.V1.Channel.Postal, Purposes = { Purpose.DirectMarketing } };
        var headers = new Metadata { { "authorization", authorization } };
        var start = Stopwatch.GetTimestamp();
        try
        {
            var answer = await _client.Checks.CheckUseAsync(request, headers, DateTime.UtcNow + Deadline);
            _latenciesMs.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (answer.Decision.Outcome != question.Outcome)
            {
                violations.Add("a valid caller is answered wrongly", $"{question.Member}: {answer.Decision}");
            }
        }
        catch (RpcException e)
        {
            violations.Add("a valid caller is not answered", $"{e.Status} after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        }
    }
}
