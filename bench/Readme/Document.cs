using System.Text.RegularExpressions;

namespace Codec.Bench.Readme;

/// <summary>Writes figures between the marks <c>&lt;!-- bench: name --&gt;</c> and <c>&lt;!-- end --&gt;</c> of documents.</summary>
internal static partial class Document
{
    /// <summary>The documents that have blocks, relative to the repository.</summary>
    public static readonly string[] Paths = ["README.md", "docs/benchmarks.md", "docs/training.md"];

    /// <summary>Replaces every block of a document.</summary>
    /// <exception cref="BenchException">A block or a figure is unknown.</exception>
    public static string Render(string text, Results results) =>
        Block().Replace(text, match => $"{match.Groups["mark"].Value}\n{Blocks.Render(match.Groups["name"].Value, results)}\n<!-- end -->");

    [GeneratedRegex("(?<mark><!-- bench: (?<name>[a-z]+) -->)\n.*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Block();
}
