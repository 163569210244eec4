using Codec.Models;

namespace Codec.Tests.Models;

public sealed class ModelReferenceTests
{
    private static readonly Digest Version = Digest.Of([]);

    [Theory]
    [InlineData("faces-32", "live")]
    [InlineData("faces-32@canary", "canary")]
    public void Parse_Alias_FollowsIt(string text, string alias)
    {
        ModelReference reference = ModelReference.Parse(text);
        Assert.Equal(("faces-32", alias, null), (reference.Name, reference.Alias, reference.Version));
        Assert.Equal($"faces-32@{alias}", reference.ToString());
    }

    [Fact]
    public void Parse_Version_NamesIt()
    {
        string text = $"faces-32@sha256:{Version}";
        ModelReference reference = ModelReference.Parse(text);
        Assert.Equal(("faces-32", null, Version), (reference.Name, reference.Alias, reference.Version));
        Assert.Equal(new ModelReference("faces-32", Version), reference);
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("Faces")]
    [InlineData("faces@")]
    [InlineData("@live")]
    [InlineData("faces@sha256:12")]
    [InlineData("a@b@c")]
    public void Parse_NoReference_ThrowsWithTheText(string text)
    {
        Assert.False(ModelReference.TryParse(text, out ModelReference? reference));
        Assert.Null(reference);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => ModelReference.Parse(text));
        Assert.Contains(text, refused.Message, StringComparison.Ordinal);
        Assert.Equal(nameof(text), refused.ParamName);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void TryParse_Nothing_IsFalse(string? text) => Assert.False(ModelReference.TryParse(text, out _));
}
