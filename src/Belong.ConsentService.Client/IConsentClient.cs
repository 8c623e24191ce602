using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Client;

/// <summary>
/// Asks the consent service. Whatever goes wrong is a <see cref="ConsentException"/> and never an answer. Calls may be made at
/// the same time. Arguments are not changed, and are not to be changed while a call is under way.
/// </summary>
public interface IConsentClient
{
    /// <summary>May Belong itself use the member's data for these purposes (§3)?</summary>
    /// <param name="check">The question; not AUDIT, whose answers permit nothing now.</param>
    /// <param name="timeout">The deadline with all attempts; left out: <see cref="ConsentClientOptions.Timeout"/>.</param>
    /// <param name="cancellation">Gives it up.</param>
    Task<ConsentAnswer> CheckUseAsync(CheckUseRequest check, TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>May these items of the member go to a contractor (§6) or a third party (§4)? A claim of an exception is made once and not repeated.</summary>
    /// <inheritdoc cref="CheckUseAsync"/>
    Task<ConsentAnswer> CheckDisclosureAsync(CheckDisclosureRequest check, TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>May this anonymised data set be provided (§5)?</summary>
    /// <inheritdoc cref="CheckUseAsync"/>
    Task<ConsentAnswer> CheckAnonymizedProvisionAsync(
        CheckAnonymizedProvisionRequest check, TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>
    /// Any number of checks of any kinds, in as many calls as the limits of the service ask for. Every check has its result, in
    /// order, or there is none at all: then it throws.
    /// </summary>
    /// <param name="checks">The checks.</param>
    /// <param name="defaults">What a check does not state itself.</param>
    /// <param name="timeout">The deadline of each call with all its attempts; left out: <see cref="ConsentClientOptions.BatchTimeout"/>.</param>
    /// <param name="cancellation">Gives it up.</param>
    Task<IReadOnlyList<BatchResult>> CheckBatchAsync(
        IReadOnlyList<BatchCheck> checks, CheckDefaults? defaults = null, TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>
    /// Screens a list and keeps who is allowed, to be sent to in waves: before each of them whoever left meanwhile is taken out.
    /// Holds the ids of all who are allowed; for lists that are larger than memory see <see cref="Screen"/>.
    /// </summary>
    /// <param name="question">What is asked of each member.</param>
    /// <param name="members">Their ids.</param>
    /// <param name="honoured">Each obligation that the program does meet.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="ScreeningIncompleteException">Facts on some members could not be read, also when asked again.</exception>
    /// <exception cref="ObligationNotHonouredException">A permission comes with another obligation.</exception>
    Task<PermittedAudience> ScreenAsync(
        AudienceHeader question, IAsyncEnumerable<string> members, IReadOnlyCollection<Obligation> honoured, CancellationToken cancellation = default);

    /// <summary>
    /// Screens a list of any length in bounded memory, over as many connections as are lost. What comes is final only once
    /// <see cref="Screening.Complete"/> gives its result.
    /// </summary>
    /// <param name="question">What is asked of each member.</param>
    /// <param name="members">Their ids.</param>
    Screening Screen(AudienceHeader question, IAsyncEnumerable<string> members);

    /// <summary>Tells who changed since a position, and goes on as changes come, over as many connections as are lost. It ends with its cancellation.</summary>
    /// <param name="question">That of the screening.</param>
    /// <param name="position">Of <see cref="CompletedScreening.Position"/> or <see cref="WatchProgress.Position"/>.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ScreenAgainException">What happened since the position cannot be told.</exception>
    IAsyncEnumerable<WatchEvent> WatchAsync(AudienceHeader question, string position, CancellationToken cancellation = default);

    /// <summary>
    /// Records changes of a member. The idempotency key is yours, made before the first try and kept until it is known how that
    /// ended: attempts are made with it alone.
    /// </summary>
    /// <exception cref="WriteUncertainException">It may have been recorded.</exception>
    /// <inheritdoc cref="CheckUseAsync"/>
    Task<RecordMemberResponse> RecordMemberAsync(RecordMemberRequest write, TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>Records vendors, policy versions and determinations. The key is as with <see cref="RecordMemberAsync"/>.</summary>
    /// <inheritdoc cref="RecordMemberAsync"/>
    Task<RecordRegisterResponse> RecordRegisterAsync(RecordRegisterRequest write, TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>The limits and versions of an instance.</summary>
    Task<GetServerInfoResponse> GetServerInfoAsync(TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>
    /// The balanced channel with its credentials, for the generated clients of what has no method here: audits, imports, history.
    /// Nothing is repeated and no deadline is set there, and nothing keeps a <see cref="Decision"/> from being misread.
    /// </summary>
    CallInvoker CallInvoker { get; }
}
