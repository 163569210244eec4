using System.Text.RegularExpressions;

namespace CodecServer.Tests.Telemetry;

/// <summary>The metrics and labels that an expression of PromQL names.</summary>
internal sealed partial record Query(IReadOnlyList<string> Metrics, IReadOnlyList<string> Labels)
{
    private static readonly string[] Words = ["and", "or", "unless", "on", "ignoring", "group_left", "group_right", "bool", "offset"];

    public static Query Parse(string expression)
    {
        string plain = Text().Replace(expression, "\"\"");
        string[] grouped = [.. Grouping().Matches(plain).SelectMany(match => Split(match.Groups["labels"].Value))];
        string[] matched =
        [
            .. Matchers().Matches(plain).SelectMany(match => Matcher().Matches(match.Value)).Select(match => match.Groups[1].Value),
        ];
        string rest = Matchers().Replace(Range().Replace(Grouping().Replace(plain, " "), " "), " ");
        return new Query(
            [.. Identifier().Matches(rest).Select(match => match.Groups[1].Value).Except(Words)],
            [.. grouped.Concat(matched).Distinct()]
        );
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("\"(\\\\.|[^\"\\\\])*\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"\b(by|without)\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Matchers();

    [GeneratedRegex(@"(\w+)\s*(=~|!~|!=|=)")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Range();

    // A name that is not called as a function.
    [GeneratedRegex(@"(?<![\w.$])([a-zA-Z_:][\w:]*)\b(?!\s*\()")]
    private static partial Regex Identifier();
}
