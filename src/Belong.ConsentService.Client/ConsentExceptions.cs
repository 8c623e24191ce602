using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Client;

/// <summary>There is no answer. It never says anything about a member: whoever has no answer does not send.</summary>
public abstract class ConsentException : Exception
{
    private protected ConsentException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The request was refused: the same one will be refused again.</summary>
public sealed class ConsentRefusedException : ConsentException
{
    internal ConsentRefusedException(StatusCode status, string message, string reason, string field, Exception? inner = null)
        : base(message, inner) =>
        (Status, Reason, Field) = (status, reason, field);

    /// <summary>Such as INVALID_ARGUMENT, PERMISSION_DENIED or NOT_FOUND.</summary>
    public StatusCode Status { get; }

    /// <summary>Of <c>google.rpc.ErrorInfo</c>, such as CALLER_NOT_PERMITTED; empty when none was given.</summary>
    public string Reason { get; }

    /// <summary>The field that is at fault; empty when it is not about one.</summary>
    public string Field { get; }
}

/// <summary>No answer could be had in the time and with the attempts that were allowed: ask again later.</summary>
public class ConsentUnavailableException : ConsentException
{
    internal ConsentUnavailableException(StatusCode status, string message, string reason, Exception? inner = null)
        : base(message, inner) =>
        (Status, Reason) = (status, reason);

    /// <summary>How the last attempt ended.</summary>
    public StatusCode Status { get; }

    /// <summary>Of <c>google.rpc.ErrorInfo</c>, such as OVERLOADED; empty when none was given.</summary>
    public string Reason { get; }
}

/// <summary>
/// It is not known whether the write was recorded. Send the same request again, with the same idempotency key: it is recorded
/// once. With another key it may be recorded twice.
/// </summary>
public sealed class WriteUncertainException : ConsentUnavailableException
{
    internal WriteUncertainException(string idempotencyKey, ConsentUnavailableException cause)
        : base(cause.Status, $"It may have been recorded: send it again with the same idempotency_key '{idempotencyKey}'. {cause.Message}", cause.Reason, cause) =>
        IdempotencyKey = idempotencyKey;

    /// <summary>Of the request.</summary>
    public string IdempotencyKey { get; }
}

/// <summary>What came does not fit together: no part of it is to be used.</summary>
public sealed class ConsentContradictionException : ConsentException
{
    internal ConsentContradictionException(string problem, Exception? inner = null)
        : base($"The service contradicts itself: {problem}.", inner)
    {
    }
}

/// <summary>The list has to be screened again from its beginning, and no verdict on it is to be used.</summary>
public sealed class ScreenAgainException : ConsentException
{
    internal ScreenAgainException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Not every member of the list has a verdict that rests on facts.</summary>
public sealed class ScreeningIncompleteException : ConsentException
{
    internal ScreeningIncompleteException(string message)
        : base(message)
    {
    }
}

/// <summary>The permission was held for too long: ask again.</summary>
public sealed class PermissionExpiredException : ConsentException
{
    internal PermissionExpiredException(TimeSpan validity)
        : base($"The permission is no longer valid: it was asked for more than {validity.TotalSeconds:0.###} s ago. Ask again.")
    {
    }
}

/// <summary>The permission comes with something that the program does not say it does.</summary>
public sealed class ObligationNotHonouredException : ConsentException
{
    internal ObligationNotHonouredException(IReadOnlyList<Obligation> missing)
        : base($"The permission comes with {string.Join(", ", missing)}, which the caller does not say that it honours.") =>
        Missing = missing;

    /// <summary>What was not named.</summary>
    public IReadOnlyList<Obligation> Missing { get; }
}
