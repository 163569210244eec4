using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Packages;

/// <summary>Packs the packages, and uses them as an application outside of the repository does.</summary>
public sealed class PackagesTests(PackageFeed feed) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Builds a program for each framework against the packages of a local feed, and compares what they compute.</summary>
    [Fact]
    public async Task Application_OutsideTheRepository_PublishesReceivesAndSavesOnEachFramework()
    {
        string application = _folder.File("application");
        PackageFeed.Configure(application, await feed.LibrariesAsync());
        WriteApplication(application);
        await PackageFeed.DotnetAsync(application, "build", "--configuration", "Release");
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, Token);

        string[] outputs = [await RunAsync("net8.0"), await RunAsync("net10.0")];

        Assert.StartsWith("64×48 ", outputs[0], StringComparison.Ordinal);
        Assert.Equal(outputs[0], outputs[1]);
        Assert.Equal("PNG"u8, File.ReadAllBytes(_folder.File("net10.0.png")).AsSpan(1, 3));
        Assert.Equal(File.ReadAllBytes(_folder.File("net8.0.png")), File.ReadAllBytes(_folder.File("net10.0.png")));
        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(application, "bin"), "*", SearchOption.AllDirectories),
            library => Path.GetFileName(library).Contains("onnx", StringComparison.OrdinalIgnoreCase)
        );

        // The runtime of this machine also runs the program for .NET 8, with the assemblies that are made for it.
        Task<string> RunAsync(string framework) =>
            PackageFeed.DotnetAsync(
                application,
                "exec",
                "--roll-forward",
                "Major",
                Path.Combine("bin", "Release", framework, "Application.dll"),
                server.Address,
                framework,
                _folder.File($"{framework}.png")
            );
    }

    public void Dispose() => _folder.Dispose();

    private static void WriteApplication(string folder)
    {
        File.WriteAllText(
            Path.Combine(folder, "Application.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFrameworks>net8.0;net10.0</TargetFrameworks>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Codec.Client.ImageSharp" Version="{Repository.Version}" />
              </ItemGroup>
            </Project>
            """
        );
        File.WriteAllText(
            Path.Combine(folder, "Program.cs"),
            """
            using Codec;
            using Codec.Client;
            using Codec.Client.ImageSharp;
            using Codec.Models;
            using SixLabors.ImageSharp;
            using SixLabors.ImageSharp.PixelFormats;

            using var client = new CodecClient(new CodecClientOptions { Address = new Uri(args[0]), CacheDirectory = null });
            await client.CreateChannelAsync(args[1]);
            using var sent = new Image<Rgb24>(64, 48);
            for (int y = 0; y < 48; y++)
                for (int x = 0; x < 64; x++)
                    sent[x, y] = new Rgb24((byte)(x * y / 12), (byte)(x * 4), (byte)((x ^ y) * 3));
            CodecModel encoder = await client.GetLocalModelAsync("photos", withEncoder: true);
            byte[] pixels = new byte[64 * 48 * 3];
            sent.CopyPixelDataTo(pixels);
            byte[] code = encoder.Encode(pixels, 64, 48, quality: 4);
            await using (ChannelPublisher publisher = await client.OpenPublisherAsync(args[1], "photos", 4))
                await publisher.PublishAsync(ImageSharpExtensions.From(sent));
            await foreach (DecodedImage decoded in client.SubscribeAsync(args[1], SubscribeFrom.Start))
            {
                using Image<Rgb24> received = decoded.ToImage();
                await received.SaveAsPngAsync(args[2]);
                Console.WriteLine($"{received.Width}×{received.Height} {Digest.Of(decoded.Pixels.Span)} {Digest.Of(code)}");
                break;
            }
            """
        );
    }
}
