using Belong.Consent.V1;
using Belong.ConsentService.Client.Calls;
using Grpc.Core;

namespace Belong.ConsentService.Client.Lists;

/// <summary>
/// Follows the changes over as many calls as connections are lost. A lost one is told as progress that is not current, before
/// anything is waited for.
/// </summary>
internal sealed class WatchCalls(ListCalls calls, string position, TimeSpan retry) : IDisposable
{
    private readonly Patience _patience = new(calls.Clock, retry);
    private CancellationTokenSource? _ending;
    private Watchdog? _watchdog;
    private AsyncServerStreamingCall<WatchDecisionsResponse>? _call;
    private Exception? _lost;

    public string Position { get; private set; } = position;

    /// <summary>What comes next; there is no end but a failure.</summary>
    public async Task<WatchEvent> NextAsync(CancellationToken cancellation)
    {
        try
        {
            if (_lost is { } lost)
            {
                _lost = null;
                await _patience.WaitAsync(lost, cancellation);
            }

            while (true)
            {
                if (Read(await ReceiveAsync(cancellation)) is { } told)
                {
                    return told;
                }
            }
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && _lost is null && Patience.IsWorthwhile(error) && EndCall())
        {
            _lost = error;
            return new WatchProgress(Position, age: null, isCurrent: false);
        }
        catch (Exception error)
        {
            EndCall();
            cancellation.ThrowIfCancellationRequested();
            throw Failures.OfStream(error);
        }
    }

    public void Dispose() => EndCall();

    private async Task<WatchDecisionsResponse> ReceiveAsync(CancellationToken cancellation)
    {
        if (_call is null)
        {
            _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            _watchdog = new Watchdog(calls.Standstill, _ending);
            _call = calls.Watch(Position, _ending.Token);
        }

        _watchdog!.Expect();
        try
        {
            return await _call.ResponseStream.MoveNext(_ending!.Token) ? _call.ResponseStream.Current : throw new LapseException("The service ended the watch.");
        }
        catch (Exception error) when (_watchdog.HasBitten && error is RpcException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw _watchdog.Complaint;
        }
        finally
        {
            _watchdog.Received();
        }
    }

    /// <summary>What a message tells; null: nothing that is known here.</summary>
    private WatchEvent? Read(WatchDecisionsResponse response)
    {
        switch (response.EventCase)
        {
            case WatchDecisionsResponse.EventOneofCase.MembersChanged:
                var changed = response.MembersChanged;
                return new MembersJudged([.. Verdicts.On(changed, calls.Header.Reasons).All().Select(verdict => MemberVerdict.Of(changed.MemberIds[verdict.Index], verdict))]);
            case WatchDecisionsResponse.EventOneofCase.EverythingChanged:
                Keep(response.EverythingChanged.Position);
                return new EverythingJudgedAnew(response.EverythingChanged.Cause);
            case WatchDecisionsResponse.EventOneofCase.Heartbeat:
                Keep(response.Heartbeat.Position);
                _patience.Succeeded();
                return new WatchProgress(Position, TimeSpan.FromMilliseconds(response.Heartbeat.AgeMs), response.Heartbeat.IsCurrent);
            default:
                return null;
        }
    }

    private void Keep(string told) => Position = told.Length > 0 ? told : Position;

    private bool EndCall()
    {
        _ending?.Cancel();
        _call?.Dispose();
        _watchdog?.Dispose();
        _ending?.Dispose();
        (_ending, _watchdog, _call) = (null, null, null);
        return true;
    }
}
