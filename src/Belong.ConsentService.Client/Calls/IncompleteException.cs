namespace Belong.ConsentService.Client.Calls;

/// <summary>The service was reached and gave no answer, or not all of it; the message is for a person.</summary>
internal class IncompleteException(string message) : Exception(message);

/// <summary>What was told so far is not to be used either.</summary>
internal class AnewException(string message) : IncompleteException(message);

/// <summary>It may pass: worth another try.</summary>
internal class LapseException(string message) : IncompleteException(message);
