using System.Text.RegularExpressions;
using Codec.Tests.Shared;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

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

    /// <summary>Compose must not pull our names from the public registry, where they are somebody else's.</summary>
    [Fact]
    public void Compose_Services_PullNothing()
    {
        object parsed = new DeserializerBuilder()
            .Build()
            .Deserialize<object>(
                new MergingParser(new Parser(new StringReader(File.ReadAllText(Repository.PathOf("docker-compose.yml")))))
            )!;

        var services = (Dictionary<object, object>)((Dictionary<object, object>)parsed)["services"];

        Assert.NotEmpty(services);
        Assert.All(services.Values, service => Assert.Equal("never", ((Dictionary<object, object>)service)["pull_policy"]));
    }

    [GeneratedRegex(@"(codec/(server|trainer):|newTag: )(?<tag>\S+?)(?=[""\s]|$)")]
    private static partial Regex Tag();
}
