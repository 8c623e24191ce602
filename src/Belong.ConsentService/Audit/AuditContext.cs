using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;

namespace Belong.ConsentService.Audit;

/// <summary>What the parts of the auditor share.</summary>
internal sealed record AuditContext(FactsCache Cache, AuditSettings Settings, AuditCounters Counters, MemberPseudonyms Pseudonyms, TimeProvider Time, ILogger Logger);

/// <summary>The two stores cannot be compared now: nothing is known of what was to be compared.</summary>
internal sealed class AuditSkipException(string reason) : Exception(reason);
