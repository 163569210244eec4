namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Counts the open streams of each producer; a producer that has one is not forgotten. The count is complete, because one process owns the
/// data directory.
/// </summary>
internal sealed class OpenProducers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(long Channel, string Name), int> _streams = [];

    /// <summary>Counts one more stream.</summary>
    public void Enter(long channel, string name)
    {
        lock (_lock)
        {
            _streams[(channel, name)] = _streams.GetValueOrDefault((channel, name)) + 1;
        }
    }

    /// <summary>Counts one stream fewer.</summary>
    public void Leave(long channel, string name)
    {
        lock (_lock)
        {
            int left = _streams.GetValueOrDefault((channel, name)) - 1;
            if (left > 0)
            {
                _streams[(channel, name)] = left;
            }
            else
            {
                _streams.Remove((channel, name));
            }
        }
    }

    /// <summary>Whether a producer has an open stream.</summary>
    public bool Contains(long channel, string name)
    {
        lock (_lock)
        {
            return _streams.ContainsKey((channel, name));
        }
    }
}
