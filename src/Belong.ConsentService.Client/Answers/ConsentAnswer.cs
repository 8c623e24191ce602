using Belong.Consent.V1;

namespace Belong.ConsentService.Client;

/// <summary>
/// The answer to one check: exactly one of <see cref="Allowed"/>, <see cref="PartlyAllowed"/>, <see cref="Denied"/> and
/// <see cref="Undecided"/>. It is no bool and has no property that says yes: what is needed to act comes out of a permission
/// alone, and a part of what was asked for is of another type than the whole.
/// </summary>
public abstract class ConsentAnswer
{
    private protected ConsentAnswer(Decision decision)
    {
        Reasons = [.. decision.Reasons];
        Explanations = [.. decision.Explanations];
        Basis = decision.Basis?.Clone() ?? new FactsBasis();
    }

    /// <summary>All reasons in order, the first is the primary one. Those of a permission say why it may be.</summary>
    public IReadOnlyList<ReasonCode> Reasons { get; }

    /// <summary>One for each reason when <c>options.explain</c> was set, else empty.</summary>
    public IReadOnlyList<ReasonExplanation> Explanations { get; }

    /// <summary>The versions and the age of the facts that it rests on, for the record.</summary>
    public FactsBasis Basis { get; }

    /// <summary>Goes on by what was answered. Each case has to be given: nobody gets by without saying what happens on a part.</summary>
    /// <param name="allowed">All that was asked for may be.</param>
    /// <param name="partly">Only some of the items may go.</param>
    /// <param name="denied">No.</param>
    /// <param name="undecided">Not known now: do not act, and ask again soon.</param>
    public T Match<T>(Func<Allowed, T> allowed, Func<PartlyAllowed, T> partly, Func<Denied, T> denied, Func<Undecided, T> undecided)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        ArgumentNullException.ThrowIfNull(partly);
        ArgumentNullException.ThrowIfNull(denied);
        ArgumentNullException.ThrowIfNull(undecided);
        return this switch
        {
            Allowed whole => allowed(whole),
            PartlyAllowed part => partly(part),
            Undecided open => undecided(open),
            _ => denied((Denied)this),
        };
    }

    /// <summary>For a log; names no member.</summary>
    public override string ToString() => $"{GetType().Name} ({string.Join(", ", Reasons)})";

    /// <summary>Reads a decision as the client does: for tests of what you build on answers.</summary>
    /// <exception cref="ConsentContradictionException">It does not fit together.</exception>
    public static ConsentAnswer Read(CheckUseRequest question, Decision decision, TimeProvider? clock = null) =>
        AnswerReader.Read(Question.Of(question), decision, new AskedAt(clock ?? TimeProvider.System));

    /// <inheritdoc cref="Read(CheckUseRequest, Decision, TimeProvider?)"/>
    public static ConsentAnswer Read(CheckDisclosureRequest question, Decision decision, TimeProvider? clock = null) =>
        AnswerReader.Read(Question.Of(question), decision, new AskedAt(clock ?? TimeProvider.System));

    /// <inheritdoc cref="Read(CheckUseRequest, Decision, TimeProvider?)"/>
    public static ConsentAnswer Read(CheckAnonymizedProvisionRequest question, Decision decision, TimeProvider? clock = null) =>
        AnswerReader.Read(Question.Of(question), decision, new AskedAt(clock ?? TimeProvider.System));
}

/// <summary>No. It stays so until something is recorded or a fact begins or ends.</summary>
public sealed class Denied : ConsentAnswer
{
    internal Denied(Decision decision)
        : base(decision)
    {
    }
}

/// <summary>The facts could not be read: not a yes, and not the member's no. Do not act, and ask again soon.</summary>
public sealed class Undecided : ConsentAnswer
{
    internal Undecided(Decision decision)
        : base(decision)
    {
    }
}
