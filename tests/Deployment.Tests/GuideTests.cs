using System.Text.RegularExpressions;
using Codec.Tests.Shared;
using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests;

/// <summary>The folder that docs/kubernetes.md tells a user to make, made as it says.</summary>
public sealed partial class GuideTests
{
    [Fact]
    public void Site_OfTheGuide_RendersWithTheUsersRegistryAndOptions()
    {
        string guide = File.ReadAllText(Repository.PathOf("docs", "kubernetes.md"));
        DirectoryInfo folder = Directory.CreateDirectory(Repository.PathOf("artifacts", "sites", Guid.NewGuid().ToString("N")));
        try
        {
            foreach (Match block in Block().Matches(guide))
            {
                string file = Path.Combine(folder.FullName, block.Groups["file"].Value);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                string overlays = Path.GetRelativePath(Path.GetDirectoryName(file)!, Repository.PathOf("k8s"));
                File.AppendAllText(file, block.Groups["text"].Value.Replace("../../codec/k8s", overlays, StringComparison.Ordinal));
            }

            Manifests installation = Render("install");
            Manifests firstModel = Render("first-model");

            Assert.All(
                installation.Workloads.Concat(firstModel.Workloads).SelectMany(workload => workload.Containers),
                container => Assert.Matches($"^registry.your.domain/codec/(server|trainer):{Repository.Version}$", container.Image)
            );
            Assert.Equal("10", Assert.Single(installation.All<V1ConfigMap>()).Data["Codec__DrainSeconds"]);
            Assert.Single(installation.All<V1CronJob>(), job => job.Metadata.Name == "codec-backup");

            Manifests Render(string name) => Manifests.Parse(Overlay.RenderFolder(Path.Combine(folder.FullName, "site", name)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A block that begins with the file that it belongs to; the text goes on with its second line.</summary>
    [GeneratedRegex(@"```yaml\n# (in )?(?<file>site/\S+?\.yaml)[^\n]*\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
