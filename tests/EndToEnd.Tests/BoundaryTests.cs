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
        string[] libraries = [.. dependencies.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name)];

        Assert.Contains(libraries, library => library.StartsWith("CodecClient/", StringComparison.Ordinal));
        Assert.Contains(libraries, library => library.StartsWith("Codec/", StringComparison.Ordinal));
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

    private static JsonDocument Read(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.OutputFolder("samples/ReadmeClient"), file)));
}
