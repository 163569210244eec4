using System.Text.RegularExpressions;
using Codec.Tests.Shared;

namespace Codec.Samples.Tests;

/// <summary>
/// Checks that README's first program is the compiled sample, and that links lead somewhere. EndToEnd.Tests runs what README's section
/// Install says.
/// </summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Client_Code_IsTheSample() => Assert.Equal(Repository.Read("samples", "ReadmeClient", "Program.cs"), FirstProgram());

    /// <summary>The first program stays short: usings aside, a dozen lines.</summary>
    [Fact]
    public void Client_Code_HasAtMostTwelveLines() =>
        Assert.InRange(
            FirstProgram().Split('\n').Count(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)),
            1,
            12
        );

    /// <summary>Every package and sample that README names exists, and every link to a file leads somewhere.</summary>
    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/README.md")]
    [InlineData("samples/README.md")]
    [InlineData("CHANGELOG.md")]
    public void Links_OfADocument_LeadToFiles(string document)
    {
        string folder = Path.GetDirectoryName(Repository.PathOf(document))!;
        Assert.All(
            Link().Matches(Repository.Read(document)).Select(match => match.Groups[1].Value),
            link => Assert.True(Path.Exists(Path.Combine(folder, link)), $"{document} links to {link}, which does not exist.")
        );
    }

    private static string FirstProgram()
    {
        string readme = Repository.Read("README.md");
        const string Fence = "```csharp\n";
        int start = readme.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        Assert.True(start >= Fence.Length, "README.md has no C# block.");
        return readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)")]
    private static partial Regex Link();
}
