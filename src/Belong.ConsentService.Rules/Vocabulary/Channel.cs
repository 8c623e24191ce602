namespace Belong.ConsentService.Rules;

/// <summary>The way a message reaches the member.</summary>
public enum Channel : byte
{
    /// <summary>No channel is given.</summary>
    None = 0,
    Postal = 1,
    Email = 2,
    Sms = 3,
    Phone = 4,
    AppMessage = 5,
}

/// <summary>A set of channels: bit n-1 stands for channel n.</summary>
public readonly record struct ChannelSet(byte Bits)
{
    /// <summary>Every channel, those not invented yet included.</summary>
    public static readonly ChannelSet All = new(0xFF);

    public bool IsEmpty => Bits == 0;

    public static ChannelSet Of(params ReadOnlySpan<Channel> channels)
    {
        var set = new ChannelSet();
        foreach (var channel in channels)
        {
            set = set.With(channel);
        }

        return set;
    }

    public static bool IsKnown(int number) => number is >= 1 and <= 5;

    /// <summary>Never true of <see cref="Channel.None"/>, but for <see cref="All"/>.</summary>
    public bool Contains(Channel channel) =>
        channel == Channel.None ? this == All : (Bits & (1 << ((int)channel - 1))) != 0;

    public ChannelSet With(Channel channel) => new((byte)(Bits | (1 << ((int)channel - 1))));

    public BitEnumerator<Channel> GetEnumerator() => new(Bits & 0x1Fu);
}
