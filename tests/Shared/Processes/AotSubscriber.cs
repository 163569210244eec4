namespace Codec.Tests.Shared.Processes;

/// <summary>
/// A subscriber to compile ahead, as an application outside of the repository: its arguments are a server's address and a channel, and it
/// writes the size of the first image and the digest of its pixels.
/// </summary>
public static class AotSubscriber
{
    private const string Program = """
        using Codec.Client;
        using Codec.Models;

        using var client = new CodecClient(new CodecClientOptions { Address = new Uri(args[0]), CacheDirectory = null });
        await foreach (DecodedImage image in client.SubscribeAsync(args[1], SubscribeFrom.Start))
        {
            Console.WriteLine($"{image.Width}×{image.Height} {Digest.Of(image.Pixels.Span)}");
            break;
        }
        """;

    /// <summary>Writes its source into a folder.</summary>
    /// <param name="folder">The folder; created if it does not exist.</param>
    /// <param name="reference">The reference to the SDK, as an item of the project.</param>
    /// <returns>The project's file.</returns>
    public static string Write(string folder, string reference)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), Program);
        string project = Path.Combine(folder, "Subscriber.csproj");
        File.WriteAllText(
            project,
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>{reference}</ItemGroup>
            </Project>
            """
        );
        return project;
    }
}
