using System.Text.Json;
using Codec.Tests.Shared;

namespace EndToEnd.Tests;

/// <summary>Checks the dependencies of a program that uses the client, and that only the trainer's folders contain libtorch.</summary>
public sealed class BoundaryTests
{
    private static readonly string[] Foreign =
    [
        "Torch",
        "AspNetCore",
        "Skia",
        "NetVips",
        "ImageSharp",
        "Magick",
        "Sqlite",
        "NATS",
        "OnnxRuntime",
    ];

    [Fact]
    public void Client_Closure_HasNoTorchNoAspNetNoImageLibraryAndNoOnnxRuntime()
    {
        using JsonDocument dependencies = Read("ReadmeClient.deps.json");
        HashSet<string> libraries = Closure(dependencies, "Codec.Client");

        Assert.Contains("Codec", libraries);
        Assert.Contains("Grpc.Net.Client", libraries);
        Assert.DoesNotContain(libraries, library => Foreign.Any(name => library.Contains(name, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Client_Framework_IsThePlainOne()
    {
        using JsonDocument configuration = Read("ReadmeClient.runtimeconfig.json");

        JsonElement options = configuration.RootElement.GetProperty("runtimeOptions");
        Assert.Equal("Microsoft.NETCore.App", options.GetProperty("framework").GetProperty("name").GetString());
        Assert.False(options.TryGetProperty("frameworks", out _));
    }

    [Fact]
    public void Codec_References_NothingOfOursAndNoService()
    {
        using JsonDocument dependencies = Read("ReadmeClient.deps.json");
        JsonElement target = dependencies.RootElement.GetProperty("targets").EnumerateObject().Single().Value;
        JsonElement codec = target.EnumerateObject().Single(library => library.Name.StartsWith("Codec/", StringComparison.Ordinal)).Value;

        Assert.Equal(
            ["Google.Protobuf", "System.IO.Hashing"],
            codec.GetProperty("dependencies").EnumerateObject().Select(dependency => dependency.Name).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("src/CodecServer")]
    [InlineData("samples/ReadmeClient")]
    [InlineData("tests/EndToEnd.Tests")]
    public void Output_Folder_HasNoLibtorch(string project)
    {
        string folder = Repository.OutputFolder(project);

        Assert.NotEmpty(Directory.EnumerateFiles(folder));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories),
            file => Path.GetFileName(file).Contains("torch", StringComparison.OrdinalIgnoreCase)
        );
    }

    /// <summary>Names what a library needs, and what that needs. The sample itself has a library for its image files.</summary>
    private static HashSet<string> Closure(JsonDocument dependencies, string library)
    {
        ILookup<string, string> needs = dependencies
            .RootElement.GetProperty("targets")
            .EnumerateObject()
            .Single()
            .Value.EnumerateObject()
            .SelectMany(entry =>
                entry.Value.TryGetProperty("dependencies", out JsonElement needed)
                    ? needed.EnumerateObject().Select(dependency => (Name: entry.Name.Split('/')[0], Needs: dependency.Name))
                    : []
            )
            .ToLookup(entry => entry.Name, entry => entry.Needs);
        var closure = new HashSet<string>();
        var open = new Stack<string>([library]);
        while (open.TryPop(out string? next))
        {
            if (!closure.Add(next))
                continue;
            foreach (string needed in needs[next])
                open.Push(needed);
        }

        return closure;
    }

    private static JsonDocument Read(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.OutputFolder("samples/ReadmeClient"), file)));
}
