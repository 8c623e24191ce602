using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>The members that are written to, the last of all, and what they are to be answered.</summary>
internal sealed class ToggledMembers
{
    public const int Count = 100;
    public const int First = MeasuredService.MemberCount - Count + 1;

    private readonly int[] _writes = new int[Count];

    /// <summary>Every fifth has opted out from the beginning.</summary>
    public static bool IsAllowedAtFirst(int number) => number % 5 != 0;

    /// <param name="index">From 0.</param>
    public static int NumberOf(int index) => First + index;

    public bool IsAllowed(int index) => IsAllowedAtFirst(NumberOf(index)) ^ (_writes[index] % 2 == 1);

    /// <summary>Writes that were acknowledged.</summary>
    public int WritesOf(int index) => _writes[index];

    public void Written(int index) => _writes[index]++;
}
