using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Belong.ConsentService.Client;

/// <summary>
/// Members to be sent to now. Ids are taken one by one, and only for a while: what is still there when the time is over goes
/// back to the audience, and comes with a later wave if it may. Several tasks may take at the same time.
/// </summary>
public sealed class Wave
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _members;
    private readonly AskedAt _current;

    internal Wave(Queue<string> members, AskedAt current) => (_members, _current, Size) = (members, current, members.Count);

    /// <summary>How long a wave may be sent after it was known who left: within the bound on the age of facts (rule 4).</summary>
    public static TimeSpan Validity { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How many it had.</summary>
    public int Size { get; }

    /// <summary>Takes one to send to, at once. False when nobody is left or the time is over: ask for the next wave.</summary>
    public bool TryTake([NotNullWhen(true)] out Permitted? permitted)
    {
        permitted = null;
        lock (_lock)
        {
            if (_current.Elapsed < Validity && _members.TryDequeue(out var id))
            {
                permitted = new Permitted(id, FrozenSet<Belong.Consent.V1.DataItem>.Empty);
            }
        }

        return permitted is not null;
    }

    /// <summary>Ends it, and gives what was not taken.</summary>
    internal List<string> GiveBack()
    {
        lock (_lock)
        {
            List<string> rest = [.. _members];
            _members.Clear();
            return rest;
        }
    }
}
