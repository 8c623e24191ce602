using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>Keeps so many hostile calls under way on one connection, opens another when it is ended, and has every answer judged.</summary>
internal sealed class CallWorker(DoorContext context, Func<HostileCall> next, int streams, Action<RawCall>? ended = null)
{
    private const uint Cancel = 8;

    /// <summary>Splits the requests among workers on threads of their own.</summary>
    public static Task RunAllAsync(DoorContext context, int workers, int streams, int requests, Func<Random, Func<HostileCall>> next, Action<RawCall>? ended = null) =>
        Task.WhenAll(Enumerable.Range(0, workers).Select(worker => LoadThread.RunAsync(() =>
        {
            var count = (requests / workers) + (worker < requests % workers ? 1 : 0);
            new CallWorker(context, next(context.RandomOf(worker)), streams, ended).Run(count);
            return true;
        })));

    private void Run(int requests)
    {
        for (var left = requests; left > 0;)
        {
            using var connection = RawConnection.Open(context.Stage.Grpc, DoorContext.Patience);
            connection.Ended = Judge;
            while (connection.IsOpen && (left > 0 || connection.UnderWay > 0))
            {
                while (left > 0 && connection.UnderWay < streams && connection.IsOpen)
                {
                    left--;
                    SendNext(connection);
                }

                if (connection.UnderWay > 0)
                {
                    connection.Pump();
                }
            }
        }
    }

    private void SendNext(RawConnection connection)
    {
        var request = next();
        if (request.IsAlone)
        {
            WaitForAll(connection);
        }

        Send(connection, request);
        if (request.IsAlone)
        {
            WaitForAll(connection);
        }
    }

    private static void WaitForAll(RawConnection connection)
    {
        while (connection.IsOpen && connection.UnderWay > 0)
        {
            connection.Pump();
        }
    }

    private static void Send(RawConnection connection, HostileCall request)
    {
        var call = new RawCall(request);
        connection.Begin(call, request.HeaderBlock, request.Body.Count == 0 && request.IsEnded && !request.IsGivenUp);
        for (var i = 0; i < request.Body.Count; i++)
        {
            connection.Send(call, request.Body[i], request.IsEnded && !request.IsGivenUp && i == request.Body.Count - 1);
        }

        if (request.IsGivenUp)
        {
            connection.GiveUp(call, Cancel);
        }
    }

    private void Judge(RawCall call)
    {
        context.Tally.Add(call.Outcome);
        ended?.Invoke(call);
        if (context.Judge.FindFault(call, call.Request.Allowed, !call.Request.DescribesItself) is { } fault)
        {
            context.Report(fault.Split('\'')[0], $"{fault} for {call.Request}");
        }
    }
}
