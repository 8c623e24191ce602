namespace Belong.ConsentService.Cache;

/// <summary>What must happen in Redis at once. Each names its one key by KEYS, as Redis Cluster demands.</summary>
internal static class CacheScripts
{
    /// <summary>
    /// Sets a value unless what is there has the same version or a newer one. A value in which no version
    /// can be read is replaced, and so is one that the caller read and could not decode.
    /// ARGV: value, version, the value seen to be damaged or ''. Returns 1 when set.
    /// </summary>
    public const string SetIfNewer =
        """
        local old = redis.pcall('GET', KEYS[1])
        if type(old) == 'string' and (ARGV[3] == '' or old ~= ARGV[3]) then
          local format = string.byte(old, 1)
          local version, unit = 0, 1
          local last = (format and format >= 1 and format <= 31) and 9 or 0
          for i = 2, last do
            local b = string.byte(old, i)
            if not b then break end
            if b < 128 then
              if version + b * unit >= tonumber(ARGV[2]) then return 0 end
              break
            end
            version = version + (b - 128) * unit
            unit = unit * 128
          end
        end
        redis.call('SET', KEYS[1], ARGV[1])
        return 1
        """;

    /// <summary>
    /// Sets a value if what is there is still what the caller saw. What is no string counts as nothing.
    /// ARGV: value seen or '' for nothing, value or '' for nothing, seconds to live or 0. Returns 1 when set.
    /// </summary>
    public const string Exchange =
        """
        local old = redis.pcall('GET', KEYS[1])
        if type(old) ~= 'string' then old = '' end
        if old ~= ARGV[1] then return 0 end
        if ARGV[2] == '' then
          redis.call('DEL', KEYS[1])
        elseif ARGV[3] == '0' then
          redis.call('SET', KEYS[1], ARGV[2])
        else
          redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
        end
        return 1
        """;

    /// <summary>
    /// Moves the state on within its generation, never back. It must still be there and say at least what
    /// the caller built on: else writes were lost.
    /// ARGV: generation, snapshot built on, new snapshot, register version, mark built on, new mark, servers, channel.
    /// Returns <see cref="StateWrite"/>.
    /// </summary>
    public const string AdvanceState = SnapshotOrder +
        """

        local state = redis.pcall('HMGET', KEYS[1], 'generation', 'snapshot', 'mark', 'servers')
        if not state[1] or not is_snapshot(state[2]) then return 1 end
        if state[1] ~= ARGV[1] then return 2 end
        if is_older(state[2], ARGV[2]) then return 3 end
        if state[3] ~= ARGV[5] and state[3] ~= ARGV[6] then return 4 end
        if state[4] ~= ARGV[7] then return 5 end
        if is_older(state[2], ARGV[3]) then
          redis.call('HSET', KEYS[1], 'snapshot', ARGV[3], 'register_version', ARGV[4], 'mark', ARGV[6])
          redis.call('PUBLISH', ARGV[8], '')
        end
        return 0
        """;

    /// <summary>
    /// Puts the state in place after a rebuild: where there is none, or that of the generation it takes the
    /// place of, or an older one of the same, or one without a mark.
    /// ARGV: generation, generation it replaces or '', snapshot, register version, servers, mark, channel. Returns <see cref="StateWrite"/>.
    /// </summary>
    public const string EstablishState = SnapshotOrder +
        """

        local state = redis.pcall('HMGET', KEYS[1], 'generation', 'snapshot', 'mark', 'servers')
        if state[1] and state[1] ~= ARGV[1] and state[1] ~= ARGV[2] then return 2 end
        if state[1] == ARGV[1] and state[4] ~= ARGV[5] then return 5 end
        if state[1] ~= ARGV[1] or not is_snapshot(state[2]) or not state[3] or is_older(state[2], ARGV[3]) then
          redis.call('DEL', KEYS[1])
          redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'snapshot', ARGV[3], 'register_version', ARGV[4], 'servers', ARGV[5], 'mark', ARGV[6])
        end
        redis.call('PUBLISH', ARGV[7], '')
        return 0
        """;

    /// <summary>Removes the state that claims what other servers held. ARGV: servers it names.</summary>
    public const string DropState =
        """
        if redis.call('HGET', KEYS[1], 'servers') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
        return 0
        """;

    /// <summary>Adds a generation to the end of the list of those that have keys. ARGV: generation.</summary>
    public const string BeginGeneration =
        """
        local generations = redis.pcall('LRANGE', KEYS[1], 0, -1)
        if generations.err then redis.call('DEL', KEYS[1]) end
        for _, known in ipairs(generations) do
          if known == ARGV[1] then return 0 end
        end
        return redis.call('RPUSH', KEYS[1], ARGV[1])
        """;

    /// <summary>
    /// Snapshots of one server are a chain: the later has the higher xmax, or the same and fewer in
    /// progress. Ids are compared as text by length, since numbers of Lua are not exact beyond 2^53.
    /// </summary>
    private const string SnapshotOrder =
        """
        local function is_snapshot(text)
          return text and string.match(text, '^%d+:%d+:[%d,]*$') ~= nil
        end
        local function parts(text)
          local xmax, xip = string.match(text, '^%d+:(%d+):(.*)$')
          local _, commas = string.gsub(xip, ',', '')
          return xmax, xip == '' and 0 or commas + 1
        end
        local function is_older(left, right)
          local left_xmax, left_count = parts(left)
          local right_xmax, right_count = parts(right)
          if #left_xmax ~= #right_xmax then return #left_xmax < #right_xmax end
          if left_xmax ~= right_xmax then return left_xmax < right_xmax end
          return left_count > right_count
        end
        """;
}
