using System.Text.Json;
using System.Text.Json.Serialization;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>How far a screening has come. Kept in a file after every chunk, so that an interrupted one goes on without a gap.</summary>
internal sealed class ScreenState
{
    public const int CurrentFormat = 2;

    private static readonly JsonSerializerOptions Strict = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public required int Format { get; init; }

    /// <summary>The header in proto JSON.</summary>
    public required string Question { get; init; }

    /// <summary>Of the first start: covers all that was judged since.</summary>
    public required string Position { get; set; }

    /// <summary>Streams so far.</summary>
    public required int Starts { get; set; }

    /// <summary>Of the list, how far it was judged.</summary>
    public required InputPoint Input { get; set; }

    public required OutputPoint? Allowed { get; set; }

    public required OutputPoint? Refused { get; set; }

    /// <summary>The queue of those who are asked again: new ones at its end.</summary>
    public required OutputPoint? Again { get; set; }

    /// <summary>0 while the list is read, then how often the undecided ones were asked again.</summary>
    public required int Pass { get; set; }

    /// <summary>How far the queue was judged.</summary>
    public required long AgainBytes { get; set; }

    /// <summary>Where the queue ended when the pass began.</summary>
    public required long PassEndBytes { get; set; }

    public required Tally Tally { get; set; }

    public static ScreenState Begin(string question) => new()
    {
        Format = CurrentFormat,
        Question = question,
        Position = "",
        Starts = 0,
        Input = InputPoint.Start,
        Allowed = null,
        Refused = null,
        Again = null,
        Pass = 0,
        AgainBytes = 0,
        PassEndBytes = 0,
        Tally = new Tally(),
    };

    /// <summary>The state of an interrupted screening, or null when there is none.</summary>
    public static ScreenState? Load(string path)
    {
        try
        {
            var state = File.Exists(path) ? JsonSerializer.Deserialize<ScreenState>(File.ReadAllBytes(path), Strict) : null;
            return state is null or { Format: CurrentFormat }
                ? state
                : throw new UsageException($"{path} is of another version of consentctl: begin anew with --restart.");
        }
        catch (JsonException)
        {
            throw new UsageException($"{path} is not the state of a screening, or is damaged: begin anew with --restart.");
        }
    }

    public void Save(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Strict), isDurable: false);
}
