using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>Where the files of a screening are.</summary>
/// <param name="Allowed">Null for standard output: then nothing can be taken up again.</param>
/// <param name="Refused">Null when nobody wants to know.</param>
/// <param name="State">Null when nothing can be taken up again.</param>
/// <param name="Position">Where to watch from; null when nobody wants to know.</param>
internal sealed record ScreenPaths(string? Allowed, string? Refused, string? State, string? Position)
{
    /// <summary>The queue of those who are asked again.</summary>
    public string? Again => State is null ? null : State + ".again";
}

/// <summary>The outputs of a screening and its state, which are always written in this order.</summary>
internal sealed class ScreenFiles : IDisposable
{
    private readonly ScreenPaths _paths;

    private ScreenFiles(ScreenPaths paths, bool isKept, LineOutput allowed, FileOutput? refused, FileOutput again)
    {
        _paths = paths;
        IsKept = isKept;
        Allowed = allowed;
        Refused = refused is null ? null : new RefusedList(refused, RefusedList.IsCsv(refused.Path));
        Again = again;
    }

    public LineOutput Allowed { get; }

    public RefusedList? Refused { get; }

    public FileOutput Again { get; }

    public ReasonWords Words { get; } = new();

    /// <summary>Whether an interrupted screening can go on.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Opens the outputs where the state says that they were.</summary>
    public static ScreenFiles Open(Invocation invocation, ScreenPaths paths, ScreenState state)
    {
        LineOutput? allowed = null;
        FileOutput? refused = null;
        try
        {
            allowed = paths.Allowed is null ? new ConsoleOutput(invocation.Host.OpenLines()) : FileOutput.Open(paths.Allowed, state.Allowed);
            refused = paths.Refused is null ? null : FileOutput.Open(paths.Refused, state.Refused);
            var again = paths.Again is null ? FileOutput.OpenTemporary() : FileOutput.Open(paths.Again, state.Again, FileShare.ReadWrite);
            return new ScreenFiles(paths, state.Starts > 0, allowed, refused, again);
        }
        catch
        {
            allowed?.Dispose();
            refused?.Dispose();
            throw;
        }
    }

    public void Keep(ScreenState state)
    {
        Allowed.Commit();
        Refused?.File.Commit();
        Again.Commit();
        state.Allowed = (Allowed as FileOutput)?.Point;
        state.Refused = Refused?.File.Point;
        state.Again = Again.Point;
        if (_paths.State is not null)
        {
            state.Save(_paths.State);
            IsKept = true;
        }
    }

    /// <summary>Those who are to be asked again in this pass.</summary>
    public IdLines OpenAgain(ChunkLimits limits, ScreenState state)
    {
        var stream = new FileStream(Again.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(state.AgainBytes, SeekOrigin.Begin);
        return new IdLines(stream, Again.Path, limits, state.PassEndBytes - state.AgainBytes);
    }

    /// <summary>The list was judged to its end.</summary>
    public void Finish(ScreenState state)
    {
        (Allowed as FileOutput)?.FlushToDisk();
        Refused?.File.FlushToDisk();
        if (_paths.Position is not null)
        {
            PositionFile.Write(_paths.Position, state.Position);
        }

        Discard();
    }

    /// <summary>Nothing is to be taken up again.</summary>
    public void Discard()
    {
        foreach (var path in new[] { _paths.State, _paths.Again })
        {
            if (path is not null)
            {
                File.Delete(path);
            }
        }

        IsKept = false;
    }

    public void Dispose()
    {
        Allowed.Dispose();
        Refused?.File.Dispose();
        Again.Dispose();
    }
}
