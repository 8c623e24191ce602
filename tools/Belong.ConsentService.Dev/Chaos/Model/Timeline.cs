namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>A state that a subject had, and when it may have come into force.</summary>
/// <param name="Sent">The write cannot have been committed before.</param>
internal sealed class Entry<TState>(TState state, long sent, string cause)
    where TState : struct
{
    public TState State { get; } = state;

    public long Sent { get; } = sent;

    /// <summary>For people: the write, or what else brought it.</summary>
    public string Cause { get; } = cause;

    /// <summary>The write was committed by then; the far future while that is not known.</summary>
    public long Acknowledged { get; set; } = long.MaxValue;

    public long Version { get; set; }

    public string Token { get; set; } = "";

    /// <summary>A restore went back behind it.</summary>
    public bool IsLost { get; set; }

    /// <summary>It is no write but what a restore went back to.</summary>
    public bool IsRestored { get; init; }
}

/// <summary>The states of one subject in the order of its writes, of which there is one at a time. All times are of this process.</summary>
internal sealed class Timeline<TState>
    where TState : struct
{
    private readonly Lock _lock = new();
    private readonly List<Entry<TState>> _entries = [];
    private int _backup;

    public Timeline(TState initial, long version)
    {
        _entries.Add(new Entry<TState>(initial, 0, "the beginning") { Acknowledged = 0, Version = version });
    }

    public TState Latest
    {
        get
        {
            lock (_lock)
            {
                return _entries[^1].State;
            }
        }
    }

    public Entry<TState> Begin(TState state, long now, string cause)
    {
        var entry = new Entry<TState>(state, now, cause);
        lock (_lock)
        {
            _entries.Add(entry);
        }

        return entry;
    }

    public void Acknowledge(Entry<TState> entry, long version, string token, long now)
    {
        lock (_lock)
        {
            entry.Version = version;
            entry.Token = token;
            entry.Acknowledged = now;
        }
    }

    /// <summary>What a check may demand: the latest write that was acknowledged and has a token, also when it was lost since.</summary>
    public Entry<TState>? LatestToken()
    {
        lock (_lock)
        {
            return _entries.FindLast(entry => entry.Token.Length > 0 && entry.Acknowledged != long.MaxValue);
        }
    }

    /// <summary>Notes where a backup stands; no write is under way.</summary>
    public void MarkBackup()
    {
        lock (_lock)
        {
            _backup = _entries.Count - 1;
        }
    }

    /// <summary>From now on the database may be back at the backup.</summary>
    public void BeginGoingBack(long now)
    {
        lock (_lock)
        {
            var kept = _entries[_backup];
            _entries.Add(new Entry<TState>(kept.State, now, "the database went back") { Version = kept.Version, IsRestored = true });
        }
    }

    /// <summary>By now it is.</summary>
    public void EndGoingBack(long now)
    {
        lock (_lock)
        {
            _entries[^1].Acknowledged = now;
            for (var i = _backup + 1; i < _entries.Count - 1; i++)
            {
                _entries[i].IsLost = true;
            }
        }
    }

    /// <summary>
    /// The states that an answer may rest on which was given before <paramref name="until"/>, when it must
    /// include all that was committed by <paramref name="since"/> and the demanded write.
    /// </summary>
    public List<Entry<TState>> Possible(long since, long until, Entry<TState>? demanded)
    {
        lock (_lock)
        {
            var first = _entries.FindLastIndex(entry => entry.Acknowledged <= since);
            if (demanded is not null)
            {
                first = Math.Max(first, _entries.IndexOf(demanded));
            }

            var possible = new List<Entry<TState>>();
            for (var i = Math.Max(first, 0); i < _entries.Count && !(demanded is { IsLost: true } && _entries[i].IsRestored); i++)
            {
                if (_entries[i].Sent <= until)
                {
                    possible.Add(_entries[i]);
                }
            }

            return possible;
        }
    }

    /// <summary>
    /// For how long the facts had forbidden what was allowed; zero when they allowed it, might have by then, or
    /// always forbade it.
    /// </summary>
    public long ForbiddenFor(Func<TState, bool> allows, long asked, long answered)
    {
        lock (_lock)
        {
            var since = 0L;
            for (var i = _entries.Count - 1; i >= 0; i--)
            {
                var entry = _entries[i];
                if (entry.Sent > answered)
                {
                    continue;
                }

                if (allows(entry.State))
                {
                    break;
                }

                since = entry.Acknowledged <= asked ? entry.Acknowledged : since;
            }

            return since == 0 ? 0 : asked - since;
        }
    }

    /// <summary>The first acknowledgement, until <paramref name="until"/>, of a write that was sent after <paramref name="since"/>.</summary>
    public long? FirstAcknowledged(long since, long until)
    {
        lock (_lock)
        {
            return _entries.Find(entry => entry.Sent > since && entry.Acknowledged <= until && !entry.IsRestored)?.Acknowledged;
        }
    }

    /// <summary>Who was told at <paramref name="told"/> lacks a change of the answer that was committed by <paramref name="asOf"/>.</summary>
    public bool HasUntold(long told, long asOf, Func<TState, bool> allows)
    {
        lock (_lock)
        {
            // What went before may itself be untold: then the answer may have gone there and back.
            for (var i = _entries.Count - 1; i > 0 && _entries[i].Sent > told; i--)
            {
                if (_entries[i].Acknowledged <= asOf && allows(_entries[i].State) != allows(_entries[i - 1].State))
                {
                    return true;
                }
            }

            return false;
        }
    }

    public List<Entry<TState>> Copy()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }
}
