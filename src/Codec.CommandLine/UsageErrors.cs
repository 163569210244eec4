using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Codec.CommandLine;

/// <summary>Says what is wrong with a command line. The parser's own text about a value names a type of .NET.</summary>
internal static class UsageErrors
{
    /// <summary>Everything that is wrong, a sentence each.</summary>
    /// <param name="parsed">The command line as the parser read it.</param>
    /// <param name="args">Its words.</param>
    public static string[] Find(ParseResult parsed, string[] args) =>
        OfMisreadOptions(parsed, args) is { Length: > 0 } misread ? misread
        : parsed.Action is ParseErrorAction ? [.. parsed.Errors.Select(Describe)]
        : [.. OfPaths(parsed)];

    /// <summary>
    /// Options that the parser takes for arguments, because the command does not have them, or for the value of the option before them,
    /// which has none. After <c>--</c> every word is an argument, and so is a negative number; a value of <c>--key=--value</c> is one.
    /// </summary>
    private static string[] OfMisreadOptions(ParseResult parsed, string[] args)
    {
        HashSet<string> words = [.. args.TakeWhile(word => word != "--").Where(word => word is ['-', not (>= '0' and <= '9'), ..])];
        return
        [
            .. from result in parsed.CommandResult.Children
            from token in result.Tokens
            where words.Contains(token.Value)
            select result is OptionResult { Option: var option }
                ? $"{option.Name} needs a value before {token.Value}."
                : $"Unknown option {token.Value}; a file of this name is ./{token.Value}, or follows --.",
        ];
    }

    /// <summary>An error of the parser as a sentence.</summary>
    private static string Describe(ParseError error)
    {
        if (!error.Message.Contains(" as expected type ", StringComparison.Ordinal))
            return error.Message;
        (string name, Type type) = Symbol(error.SymbolResult);
        string value = string.Join(' ', error.SymbolResult?.Tokens.Select(token => token.Value) ?? []);
        return $"{name} is '{value}'; write {Allowed(Nullable.GetUnderlyingType(type) ?? type)}.";
    }

    /// <summary>
    /// Options and arguments that name a file where a folder is needed, or a folder where a file is: the system's error comes late, and
    /// names neither.
    /// </summary>
    private static IEnumerable<string> OfPaths(ParseResult parsed) =>
        from result in parsed.CommandResult.Children
        let path = result.Tokens is [.., var token] ? token.Value : null
        let symbol = Symbol(result)
        where symbol.Type == typeof(DirectoryInfo) ? File.Exists(path) : symbol.Type == typeof(FileInfo) && Directory.Exists(path)
        select symbol.Type == typeof(DirectoryInfo)
            ? $"{symbol.Name} is '{path}', which is a file; name a folder."
            : $"{symbol.Name} is '{path}', which is a folder; name a file.";

    /// <summary>The name of what a value belongs to, and the value's type.</summary>
    private static (string Name, Type Type) Symbol(SymbolResult? result) =>
        result switch
        {
            OptionResult { Option: var option } => (option.Name, option.ValueType),
            ArgumentResult { Parent: OptionResult { Option: var option } } => (option.Name, option.ValueType),
            ArgumentResult { Argument: var argument } => (argument.Name, argument.ValueType),
            _ => ("A value", typeof(string)),
        };

    private static string Allowed(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type)).ToLowerInvariant()}"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(FileInfo) ? "the name of a file"
        : type == typeof(DirectoryInfo) ? "the name of a folder"
        : "a valid value";
}
