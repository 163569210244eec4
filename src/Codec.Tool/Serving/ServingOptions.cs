using System.CommandLine;

namespace Codec.Tool.Serving;

/// <summary>Options that commands on a server's program share.</summary>
internal static class ServingOptions
{
    /// <summary>The server's data directory.</summary>
    public static Option<string?> DataDirectory(string description) =>
        new("--data-directory") { HelpName = "DIR", Description = description };
}
