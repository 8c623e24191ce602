using System.Globalization;
using System.Text;
using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Channel = Belong.ConsentService.Rules.Channel;

namespace Belong.ConsentService.Checks;

/// <summary>Reads the fields of one message and keeps the first fault.</summary>
internal struct FieldReader
{
    private const int MaxIdBytes = 64;
    private const int MaxTextBytes = 2_000;
    private const int MaxListCount = 100;

    public RequestFault? Fault { get; private set; }

    public static bool IsId(string value) =>
        value.Length is > 0 and <= MaxIdBytes && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>An id or nothing.</summary>
    public string? Id(string field, string value)
    {
        if (value.Length == 0)
        {
            return null;
        }

        if (!IsId(value))
        {
            Note(field, Quote(value), "1 to 64 bytes of printable ASCII are allowed");
        }

        return value;
    }

    /// <summary>A text of at most 2,000 bytes, or nothing.</summary>
    public string? Text(string field, string value)
    {
        if (value.Length > MaxTextBytes || Encoding.UTF8.GetByteCount(value) > MaxTextBytes)
        {
            Note(field, Quote(value), "at most 2,000 bytes are allowed");
        }

        return value.Length == 0 ? null : value;
    }

    public PurposeSet Purposes(RepeatedField<Consent.V1.Purpose> purposes)
    {
        var set = new PurposeSet();
        if (!IsWithinLimit("purposes", purposes.Count))
        {
            return set;
        }

        for (var i = 0; i < purposes.Count; i++)
        {
            var number = (int)purposes[i];
            if (PurposeSet.IsKnown(number))
            {
                set = set.With((Rules.Purpose)number);
            }
            else
            {
                Note($"purposes[{i}]", Text(number), "1 to 8 of §3 are allowed");
            }
        }

        return set;
    }

    public ItemSet Items(RepeatedField<DataItem> items)
    {
        var set = new ItemSet();
        if (!IsWithinLimit("items", items.Count))
        {
            return set;
        }

        for (var i = 0; i < items.Count; i++)
        {
            var number = (int)items[i];
            if (ItemSet.IsKnown(number))
            {
                set = set.With((Item)number);
            }
            else
            {
                Note($"items[{i}]", Text(number), "a data item of 1 (NAME) to 14 (COOKIE_ID) is allowed");
            }
        }

        return set;
    }

    public Channel Channel(bool isGiven, Consent.V1.Channel channel)
    {
        if (!isGiven)
        {
            return Rules.Channel.None;
        }

        if (!ChannelSet.IsKnown((int)channel))
        {
            Note("channel", Text((int)channel), "1 (POSTAL), 2 (EMAIL), 3 (SMS), 4 (PHONE) or 5 (APP_MESSAGE) is allowed");
        }

        return (Channel)(int)channel;
    }

    public void Capacity(bool isGiven, Capacity capacity)
    {
        if (isGiven && capacity is not (Consent.V1.Capacity.Contractor or Consent.V1.Capacity.ThirdParty))
        {
            Note("capacity", Text((int)capacity), "1 (CONTRACTOR) or 2 (THIRD_PARTY) is allowed");
        }
    }

    public Mode Mode(bool isGiven, CheckMode mode)
    {
        if (!isGiven)
        {
            return Rules.Mode.Live;
        }

        if (mode is not (CheckMode.Live or CheckMode.Audit))
        {
            Note("options.mode", Text((int)mode), "1 (LIVE) or 2 (AUDIT) is allowed");
        }

        return (Mode)(int)mode;
    }

    public Instant? Instant(string field, Timestamp? timestamp)
    {
        if (timestamp is null)
        {
            return null;
        }

        if (timestamp.Nanos is < 0 or > 999_999_999
            || timestamp.Seconds < Rules.Instant.Earliest.UnixSeconds || timestamp.Seconds >= Rules.Instant.End.UnixSeconds)
        {
            Note(field, $"{timestamp.Seconds} s {timestamp.Nanos} ns", $"an instant from {Rules.Instant.Earliest} to before {Rules.Instant.End} is allowed");
            return null;
        }

        return Rules.Instant.FromUnix(timestamp.Seconds, timestamp.Nanos);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The value, readable on one line whatever it holds.</summary>
    private static string Quote(string value)
    {
        const int shown = 80;
        var text = new StringBuilder("'");
        foreach (var c in value.AsSpan(0, Math.Min(shown, value.Length)))
        {
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }

        return text.Append(value.Length > shown ? "…' " : "' ").Append(CultureInfo.InvariantCulture, $"({Encoding.UTF8.GetByteCount(value)} bytes)").ToString();
    }

    private bool IsWithinLimit(string field, int count)
    {
        if (count <= MaxListCount)
        {
            return true;
        }

        Note(field, $"a list of {count}", $"at most {MaxListCount} entries are allowed");
        return false;
    }

    private void Note(string field, string value, string allowed) => Fault ??= new RequestFault(field, value, allowed);
}
