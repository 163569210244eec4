using System.Collections.Concurrent;

namespace Codec.Server.Telemetry;

/// <summary>
/// Bounds the values of a label that callers choose: the first names keep their value, every later one becomes <see cref="Other"/>.
/// </summary>
/// <param name="most">Most names that are told apart.</param>
internal sealed class LabelBound(int most)
{
    /// <summary>The value of all names beyond the bound. Not a name itself, because it has parentheses.</summary>
    public const string Other = "(other)";

    private readonly ConcurrentDictionary<string, string> _names = new();
    private int _count;

    /// <summary>Returns the value of the label for a name.</summary>
    public string Of(string name)
    {
        if (_names.TryGetValue(name, out string? known))
            return known;

        if (Volatile.Read(ref _count) >= most || Interlocked.Increment(ref _count) > most)
            return Other;

        // Two callers may add one name at once, which then takes two of the places.
        _names.TryAdd(name, name);
        return name;
    }
}
