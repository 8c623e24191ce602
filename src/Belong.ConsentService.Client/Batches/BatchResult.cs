using Belong.Consent.V1;

namespace Belong.ConsentService.Client;

/// <summary>What became of one check of a batch: either <see cref="BatchAnswered"/> or <see cref="BatchRefused"/>.</summary>
public abstract class BatchResult
{
    private protected BatchResult(BatchCheck check) => Check = check;

    /// <summary>The check.</summary>
    public BatchCheck Check { get; }

    /// <summary>Goes on by what became of it; both cases have to be given.</summary>
    public T Match<T>(Func<BatchAnswered, T> answered, Func<BatchRefused, T> refused)
    {
        ArgumentNullException.ThrowIfNull(answered);
        ArgumentNullException.ThrowIfNull(refused);
        return this is BatchAnswered result ? answered(result) : refused((BatchRefused)this);
    }
}

/// <summary>The check was answered, as if asked alone.</summary>
public sealed class BatchAnswered : BatchResult
{
    internal BatchAnswered(BatchCheck check, ConsentAnswer answer)
        : base(check) => Answer = answer;

    /// <summary>The answer.</summary>
    public ConsentAnswer Answer { get; }
}

/// <summary>The check was refused, as it would have been alone. It says nothing about the member: do not act.</summary>
public sealed class BatchRefused : BatchResult
{
    internal BatchRefused(BatchCheck check, CheckRefusal refusal)
        : base(check) => Refusal = refusal;

    /// <summary>Why.</summary>
    public CheckRefusal Refusal { get; }
}
