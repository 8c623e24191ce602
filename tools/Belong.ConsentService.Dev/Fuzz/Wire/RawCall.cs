namespace Belong.ConsentService.Dev.Fuzz.Wire;

/// <summary>How a request ended.</summary>
internal enum Ending
{
    UnderWay = 0,

    /// <summary>With an answer.</summary>
    Answered = 1,

    /// <summary>The server reset the stream.</summary>
    Reset = 2,

    /// <summary>The server ended the connection.</summary>
    Closed = 3,

    /// <summary>Given up by the one who asked.</summary>
    GivenUp = 4,

    /// <summary>Nothing came in time.</summary>
    Silent = 5,
}

/// <summary>One request on a <see cref="RawConnection"/> and what came back.</summary>
internal sealed class RawCall(HostileCall request)
{
    public HostileCall Request => request;

    public int Stream { get; set; }

    public Ending Ending { get; set; }

    public string? HttpStatus { get; set; }

    public string? GrpcStatus { get; set; }

    public string? Message { get; set; }

    /// <summary>All header blocks as they came: the server writes its texts plainly.</summary>
    public List<byte[]> Heads { get; } = [];

    /// <summary>The body, up to a bound.</summary>
    public List<byte[]> Body { get; } = [];

    public long BodyBytes { get; set; }

    public long SendWindow { get; set; }

    public bool IsEnded => Ending != Ending.UnderWay;

    /// <summary>For the table: <c>OK</c>, <c>INVALID_ARGUMENT</c>, <c>HTTP 400</c>, <c>reset</c>, <c>closed</c>.</summary>
    public string Outcome => Ending switch
    {
        Ending.Answered when GrpcStatus is not null => StatusNames.Of(GrpcStatus),
        Ending.Answered => $"HTTP {HttpStatus}",
        Ending.Reset => "reset",
        Ending.Closed => "connection closed",
        Ending.GivenUp => "given up",
        _ => "no answer",
    };
}
