using Codec.Frames;

namespace Codec.Client.Testing;

/// <summary>The log of a channel and the positions of its consumers.</summary>
internal sealed class InMemoryChannel(string name, ChannelRetention retention, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<StoredCode> _log = new();
    private readonly SortedDictionary<string, ConsumerInfo> _consumers = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _createdAt = time.GetUtcNow();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _first = 1;
    private long _next = 1;
    private bool _isDeleted;

    public ChannelRetention Retention => retention;

    public ChannelInfo Info
    {
        get
        {
            lock (_lock)
            {
                Trim();
                return new ChannelInfo(name, retention, _first, _next, _log.Count, _log.Sum(code => (long)code.Code.Length), _createdAt);
            }
        }
    }

    public Acknowledgement Append(InMemoryModels.Version version, int quality, IReadOnlyList<(byte[] Code, CodeInfo Info)> codes)
    {
        lock (_lock)
        {
            RequireExists();
            long first = _next;
            foreach ((byte[] code, CodeInfo info) in codes)
            {
                if (retention.LatestOfEachKey && info.Key is { } key && _log.FirstOrDefault(old => old.Info.Key == key) is { } replaced)
                    _log.Remove(replaced);
                _log.AddLast(new StoredCode(_next++, version, quality, code, info with { StoredAt = time.GetUtcNow() }));
            }

            Trim();
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new Acknowledgement(first, codes.Count);
        }
    }

    public void Delete()
    {
        lock (_lock)
        {
            _isDeleted = true;
            _changed.TrySetResult();
        }
    }

    /// <summary>Finds where a subscription begins; the codes of the snapshot that precedes it, if it asks for one.</summary>
    public (long Next, IReadOnlyList<StoredCode> Latest) Begin(SubscribeOptions options)
    {
        var request = new V1.SubscribeRequest();
        options.From.WriteTo(request);
        lock (_lock)
        {
            RequireExists();
            Trim();
            if (options.Consumer is { } consumer && _consumers.TryGetValue(consumer, out ConsumerInfo? known))
                return (Require(known.NextSequence), []);
            return request.FromCase switch
            {
                V1.SubscribeRequest.FromOneofCase.Start => (_first, []),
                V1.SubscribeRequest.FromOneofCase.Sequence => (Require(request.Sequence), []),
                V1.SubscribeRequest.FromOneofCase.Last => (Math.Max(_first, _next - request.Last), []),
                V1.SubscribeRequest.FromOneofCase.Time => (
                    _log.FirstOrDefault(code => code.Info.StoredAt >= request.Time.ToDateTimeOffset())?.Sequence ?? _next,
                    []
                ),
                V1.SubscribeRequest.FromOneofCase.LatestOfEachKey => (
                    _next,
                    [
                        .. _log.Where(code => code.Info.Key is not null)
                            .GroupBy(code => code.Info.Key)
                            .Select(key => key.Last())
                            .OrderBy(code => code.Sequence),
                    ]
                ),
                _ => (_next, []),
            };
        }
    }

    /// <summary>Takes the first code at or after a sequence; waits for it.</summary>
    public async ValueTask<StoredCode> NextAsync(long sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                RequireExists();
                Trim();
                Require(sequence);
                if (_log.FirstOrDefault(code => code.Sequence >= sequence) is { } code)
                    return code;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Moves a consumer to the sequence that it reads next.</summary>
    public ConsumerInfo Move(string consumer, long next, bool allowRewind)
    {
        lock (_lock)
        {
            RequireExists();
            if (next > _next)
                throw new SequenceException(_first, _next, $"The channel {name} has no code {next - 1} yet; the next one is {_next}.");
            if (!allowRewind && _consumers.TryGetValue(consumer, out ConsumerInfo? known))
                next = Math.Max(next, known.NextSequence);
            return _consumers[consumer] = new ConsumerInfo(consumer, next, _next - next, time.GetUtcNow());
        }
    }

    public IReadOnlyList<ConsumerInfo> ListConsumers()
    {
        lock (_lock)
            return [.. _consumers.Values.Select(consumer => consumer with { Lag = _next - consumer.NextSequence })];
    }

    public void DeleteConsumer(string consumer)
    {
        lock (_lock)
        {
            if (!_consumers.Remove(consumer))
                throw new NotFoundException($"The channel {name} has no consumer {consumer}.");
        }
    }

    /// <summary>Drops the oldest codes that a bound no longer protects.</summary>
    private void Trim()
    {
        long bytes = _log.Sum(code => (long)code.Code.Length);
        DateTimeOffset oldest = retention.Age is { } age ? time.GetUtcNow() - age : DateTimeOffset.MinValue;
        while (
            _log.First is { Value: var code } && (_log.Count > retention.Codes || bytes > retention.Bytes || code.Info.StoredAt < oldest)
        )
        {
            bytes -= code.Code.Length;
            _first = code.Sequence + 1;
            _log.RemoveFirst();
        }
    }

    private long Require(long sequence) =>
        sequence >= _first && sequence <= _next
            ? sequence
            : throw new SequenceException(
                _first,
                _next,
                $"The channel {name} has the codes from {_first} to before {_next}, not {sequence}."
            );

    private void RequireExists()
    {
        if (_isDeleted)
            throw new NotFoundException($"The channel {name} was deleted.");
    }
}

/// <summary>A code in a channel.</summary>
internal sealed record StoredCode(long Sequence, InMemoryModels.Version Version, int Quality, byte[] Code, CodeInfo Info)
{
    /// <summary>The info that a subscription receives.</summary>
    public CodeInfo InfoFor(SubscribeOptions options) => options.StoredTimes ? Info : Info with { StoredAt = null };

    public bool Passes(SubscribeOptions options) =>
        options is { Keys.Count: 0, KeyPrefixes.Count: 0 }
        || (
            Info.Key is { } key
            && (options.Keys.Contains(key) || options.KeyPrefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)))
        );
}
