namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>What is recorded, as this process knows it: a timeline for each member and one for the register.</summary>
internal sealed class FactsModel(int memberCount, long registerVersion)
{
    /// <summary>The last members are changed by SQL alone, by transactions that stay open.</summary>
    private const int SqlMemberCount = 32;

    private readonly Timeline<MemberState>[] _members = [.. Enumerable.Range(0, memberCount).Select(_ => new Timeline<MemberState>(default, 0))];

    public int MemberCount => memberCount;

    public Timeline<RegisterState> Register { get; } = new(new RegisterState(true, true), registerVersion);

    public Timeline<MemberState> Member(int number) => _members[number];

    /// <summary>From this one on they are changed by SQL alone.</summary>
    public int FirstSqlMember => memberCount - SqlMemberCount;

    public static string IdOf(int number) => $"M{number:D7}";

    /// <summary>No write is under way.</summary>
    public void MarkBackup()
    {
        Register.MarkBackup();
        Array.ForEach(_members, member => member.MarkBackup());
    }

    public void BeginGoingBack(long now)
    {
        Register.BeginGoingBack(now);
        Array.ForEach(_members, member => member.BeginGoingBack(now));
    }

    public void EndGoingBack(long now)
    {
        Register.EndGoingBack(now);
        Array.ForEach(_members, member => member.EndGoingBack(now));
    }
}
