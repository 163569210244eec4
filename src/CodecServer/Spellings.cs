using System.Collections;
using Codec.Server.Options;

namespace Codec.Server;

/// <summary>
/// Settings of one source, by key. A key has several spellings (<c>--max-batch</c> and <c>--Codec:Coding:MaxBatch</c>; a variable in upper
/// and lower case), and one that is set twice is refused: which value wins would depend on an order that the user does not see.
/// </summary>
internal sealed class Spellings
{
    private readonly Dictionary<string, string> _written = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Configuration keys and values.</summary>
    public IReadOnlyDictionary<string, string?> Values => _values;

    /// <summary>Adds a setting.</summary>
    /// <param name="key">Its key in configuration, in any case.</param>
    /// <param name="written">What the user wrote, for messages.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The key is set already; the message has both spellings.</exception>
    public void Add(string key, string written, string value)
    {
        if (!_written.TryAdd(key, written))
            throw new ArgumentException($"'{_written[key]}' and '{written}' both set {key}. Remove one of them. --help lists the options.");

        _values.Add(key, value);
    }

    /// <summary>Refuses variables of the environment that set one option twice.</summary>
    /// <exception cref="ArgumentException">Two variables have the same key; the message names both.</exception>
    public static void RequireOneInEnvironment(IDictionary variables)
    {
        var spellings = new Spellings();
        foreach (string name in variables.Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            string key = name.Replace("__", ":", StringComparison.Ordinal);
            if (key.StartsWith($"{OptionCheck.Root}:", StringComparison.OrdinalIgnoreCase))
                spellings.Add(key, name, "");
        }
    }
}
