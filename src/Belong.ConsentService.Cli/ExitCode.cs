namespace Belong.ConsentService.Cli;

/// <summary>What the tool tells the shell. Only <see cref="Done"/> is 0, and a check gives it for ALLOW alone.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Unreachable = 1;
    public const int Refused = 2;
    public const int AllowPartial = 3;
    public const int Deny = 4;
    public const int ScreenAgain = 5;
    public const int Interrupted = 130;
}
