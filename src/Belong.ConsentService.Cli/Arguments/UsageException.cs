namespace Belong.ConsentService.Cli.Arguments;

/// <summary>The command line asks for something that makes no sense; the message is for a person.</summary>
internal sealed class UsageException(string message) : Exception(message);
