using Codec.Bench.Readme;
using Codec.Tests.Shared;

namespace Codec.Bench.Tests;

/// <summary>README and docs state the figures of bench/results, as `bench readme` writes them.</summary>
public sealed class DocumentTests
{
    public static TheoryData<string> Paths => [.. Document.Paths];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Document_OfTheRepository_AgreesWithTheResults(string path)
    {
        string text = Repository.Read(path);
        Assert.Contains("<!-- bench: ", text, StringComparison.Ordinal);
        Assert.Equal(Document.Render(text, Results.Load(Repository.PathOf("bench", "results"))), text);
    }

    [Fact]
    public void Render_FigureThatChanged_ChangesTheBlockOnly()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(
            folder.File("sdk.json"),
            """[{ "name": "sdk.swap_ms", "value": 34.5, "unit": "ms", "peer": "at most 100", "ratio": 0.345 }]"""
        );
        const string Before = "a\n<!-- bench: all -->\nold\n<!-- end -->\nb\n";

        string after = Document.Render(Before, Results.Load(folder.Path));

        Assert.StartsWith("a\n<!-- bench: all -->\n## sdk\n", after, StringComparison.Ordinal);
        Assert.Contains("| `sdk.swap_ms` | 34.5 | ms | at most 100 | 0.345 |\n<!-- end -->\nb\n", after, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_UnknownBlockOrFigure_SaysWhatIsThere()
    {
        using var folder = new TemporaryDirectory();
        Results results = Results.Load(folder.Path);
        var block = Assert.Throws<BenchException>(() => Document.Render("<!-- bench: nothing -->\n<!-- end -->", results));
        Assert.Contains("'nothing' is no block", block.Message, StringComparison.Ordinal);
        var figure = Assert.Throws<BenchException>(() => Document.Render("<!-- bench: picture -->\n<!-- end -->", results));
        Assert.Contains("make results SUITE=picture", figure.Message, StringComparison.Ordinal);
    }
}
