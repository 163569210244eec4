using System.Text.RegularExpressions;
using Codec.Tests.Shared;

namespace EndToEnd.Tests.Packages;

/// <summary>A sample as an application outside of the repository: it takes our packages from a feed instead of our projects.</summary>
internal static partial class SampleCopy
{
    /// <summary>Writes the sample into a folder that <see cref="PackageFeed.Configure"/> made.</summary>
    /// <param name="sample">The sample's name.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>The project's file.</returns>
    public static string Write(string sample, string folder)
    {
        foreach (string file in Directory.GetFiles(Repository.PathOf("samples", sample), "*.cs"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        // What Directory.Build.props says for all projects of the repository.
        string[] properties =
        [
            "<TargetFramework>net10.0</TargetFramework>",
            "<Nullable>enable</Nullable>",
            "<ImplicitUsings>enable</ImplicitUsings>",
        ];
        string project = Path.Combine(folder, $"{sample}.csproj");
        string text = ProjectReference()
            .Replace(
                Repository.Read("samples", sample, $"{sample}.csproj"),
                reference => $"<PackageReference Include=\"{PackageOf(reference.Groups[1].Value)}\" Version=\"{Repository.Version}\" />"
            )
            .Replace("<PropertyGroup>", $"<PropertyGroup>{string.Concat(properties)}", StringComparison.Ordinal);
        File.WriteAllText(project, text);
        return project;
    }

    private static string PackageOf(string project) =>
        PackageId().Match(Repository.Read("src", project, $"{project}.csproj")) is { Success: true } id ? id.Groups[1].Value : project;

    [GeneratedRegex("<ProjectReference Include=\"../../src/([^/]+)/[^\"]+\" />")]
    private static partial Regex ProjectReference();

    [GeneratedRegex("<PackageId>([^<]+)</PackageId>")]
    private static partial Regex PackageId();
}
