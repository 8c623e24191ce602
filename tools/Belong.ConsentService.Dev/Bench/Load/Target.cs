namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>A method under load: where it is, what is asked, what is to be answered.</summary>
/// <param name="Members">Random ones of so many are asked about.</param>
internal sealed record Target(Uri Address, Question Question, Expectation Expectation, int Members);
