using System.Text.RegularExpressions;
using Codec.Tests.Shared;

namespace Deployment.Tests;

/// <summary>Directory.Build.props states the version; files that no program renders repeat it, and must agree.</summary>
public sealed partial class VersionTests
{
    [Theory]
    [InlineData("docker-compose.yml")]
    [InlineData("docs/kubernetes.md")]
    [InlineData("k8s/components/registry/kustomization.yaml")]
    public void Image_Tag_IsTheVersion(string file)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, file));

        string[] tags = [.. Tag().Matches(text).Select(match => match.Groups["tag"].Value)];

        Assert.NotEmpty(tags);
        Assert.All(tags, tag => Assert.Equal(Repository.Version, tag));
    }

    [GeneratedRegex(@"(codec/(server|trainer):|newTag: )(?<tag>\S+?)(?=[""\s]|$)")]
    private static partial Regex Tag();
}
