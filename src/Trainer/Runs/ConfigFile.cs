using System.Text.Json;

namespace Codec.Trainer.Runs;

/// <summary>Runs a command again: <c>--config run.json</c> stands for the command line that a run's record holds.</summary>
internal static class ConfigFile
{
    /// <summary>Starts a training again; it says nothing of what is trained, so that a record does not hold it.</summary>
    public const string FreshOption = "--fresh";

    private const string Option = "--config";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Replaces --config by the arguments of the file; options that the command line gives too replace the file's.</summary>
    /// <exception cref="InvalidDataException">The file is not the record of a run.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string[] Expand(string[] arguments)
    {
        int at = Array.IndexOf(arguments, Option);
        if (at < 0)
            return arguments;
        if (at + 1 == arguments.Length)
            throw new InvalidDataException($"{Option} needs the path of a run.json.");
        string path = arguments[at + 1];
        string[] given = [.. arguments[..at], .. arguments[(at + 2)..]];
        return [.. Without(Read(path), given), .. given.SkipWhile(argument => !argument.StartsWith('-'))];
    }

    /// <summary>Returns the command line of a run's record.</summary>
    /// <exception cref="InvalidDataException">The file is not the record of a run.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        try
        {
            IReadOnlyList<string>? arguments = JsonSerializer.Deserialize<RunDescription>(File.ReadAllBytes(path), Json)?.Arguments;
            return arguments is { Count: > 0 } ? arguments : throw new InvalidDataException($"{path} holds no command line.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not the record of a run: {exception.Message}", exception);
        }
    }

    private static IEnumerable<string> Without(IEnumerable<string> arguments, string[] given)
    {
        bool replaced = false;
        foreach (string argument in arguments)
        {
            if (argument.StartsWith("--", StringComparison.Ordinal))
                replaced = given.Contains(argument);
            if (!replaced)
                yield return argument;
        }
    }
}
