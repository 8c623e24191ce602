using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What was seen during the injections of one fault.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new();

    public int Injected { get; set; }

    public long Asked { get; private set; }

    public long FromCache { get; private set; }

    public long FromDatabase { get; private set; }

    /// <summary>Told why not: a store that cannot be read or is too old, a limit reached.</summary>
    public long Refused { get; private set; }

    /// <summary>Not answered: the instance was down or held, or the deadline passed.</summary>
    public long Unanswered { get; private set; }

    public long StaleAllows { get; set; }

    public TimeSpan LongestDelay { get; private set; }

    public TimeSpan LongestConvergence { get; set; }

    public void Count(Observation seen, TimeSpan delay)
    {
        lock (_lock)
        {
            Asked++;
            if (seen.Decision is null)
            {
                CountFailure(seen.Status);
            }
            else if (!seen.IsByFacts)
            {
                Refused++;
            }
            else if (seen.Decision.Basis.Source == FactsSource.Database)
            {
                FromDatabase++;
            }
            else
            {
                FromCache++;
            }

            LongestDelay = delay > LongestDelay ? delay : LongestDelay;
        }
    }

    private void CountFailure(StatusCode status)
    {
        if (status is StatusCode.ResourceExhausted or StatusCode.InvalidArgument)
        {
            Refused++;
        }
        else
        {
            Unanswered++;
        }
    }
}
