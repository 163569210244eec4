using System.Reflection;

namespace Codec.Tests.Shared;

/// <summary>The repository that this assembly was built from.</summary>
public static class Repository
{
    /// <summary>The folder of Codec.sln.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The product's version, which its container images are tagged with.</summary>
    public static string Version { get; } = Metadata("ProductVersion");

    /// <summary>The path of a file or folder, from its parts below the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Reads a text file, named by its parts below the root.</summary>
    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    /// <summary>A project's output folder.</summary>
    /// <param name="project">The project's folder below the root: <c>src/CodecServer</c>.</param>
    public static string OutputFolder(string project) => PathOf(project, "bin", Metadata("Configuration"), "net10.0");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
