using System.Runtime.CompilerServices;
using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Checks;

/// <summary>A check that was admitted: once it has ended to read, <see cref="Checker.TryEnd"/> answers it.</summary>
/// <param name="Start">The timestamp of its beginning.</param>
/// <param name="IsPlain">Live, without a demanded write or a claim: the facts have been asked for.</param>
public readonly record struct CheckUnderWay(CheckRequest Request, Caller Caller, CheckOptions? Options, long Start, AnswerTime End, bool IsPlain, FactsReading Reading)
{
    /// <summary>Never throws.</summary>
    public ConfiguredTaskAwaitable Ended => Reading.Ended;
}
