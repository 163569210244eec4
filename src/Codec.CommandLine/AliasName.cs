using Codec.Models;

namespace Codec.CommandLine;

/// <summary>Reads the name of an alias on the command line.</summary>
public static class AliasName
{
    /// <summary>Splits <c>model@alias</c>; a bare name means its alias <c>live</c>.</summary>
    /// <exception cref="UsageException">The text names a version, or is no reference.</exception>
    public static (string Model, string Alias) Parse(string text) =>
        !ModelReference.TryParse(text, out ModelReference? reference)
            ? throw new UsageException($"'{text}' names no alias; write MODEL or MODEL@ALIAS, each of a-z, 0-9, '-' and '.'.")
        : reference.Alias is { } alias ? (reference.Name, alias)
        : throw new UsageException($"'{text}' names a version; name an alias, such as {reference.Name}@{ModelReference.LiveAlias}.");
}
