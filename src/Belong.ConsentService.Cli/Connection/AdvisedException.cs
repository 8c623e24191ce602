namespace Belong.ConsentService.Cli.Connection;

/// <summary>Something went wrong, and the message says how to go on from there.</summary>
internal class AdvisedException(string advice, Exception cause) : Exception(advice, cause)
{
    public Exception Cause { get; } = cause;
}
