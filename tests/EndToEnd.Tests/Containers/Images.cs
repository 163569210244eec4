using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using EndToEnd.Tests.Containers;

[assembly: AssemblyFixture(typeof(Images))]

namespace EndToEnd.Tests.Containers;

/// <summary>The images of `make images`: built before the first test that needs one, or reused where their inputs did not change.</summary>
public sealed class Images
{
    private readonly Lazy<Task> _server = new(() => BuildAsync("server"));
    private readonly Lazy<Task> _trainer = new(() => BuildAsync("trainer"));

    /// <summary>The server's image; skips the test where no engine answers.</summary>
    public async Task<string> ServerAsync() => await ReadyAsync(_server, "codec/server");

    /// <summary>The trainer's image; skips the test where no engine answers.</summary>
    public async Task<string> TrainerAsync() => await ReadyAsync(_trainer, "codec/trainer");

    private static async Task<string> ReadyAsync(Lazy<Task> image, string name)
    {
        Assert.SkipWhen(Docker.Absence is not null, Docker.Absence ?? "");
        await image.Value;
        return $"{name}:{Repository.Version}";
    }

    private static async Task BuildAsync(string image)
    {
        BufferedCommandResult result = await Programs
            .Command(Repository.PathOf("eng", "images.sh"), image)
            .RunAsync(CancellationToken.None);
        Assert.True(result.IsSuccess, $"The image cannot be built:\n{result.StandardOutput}\n{result.StandardError}");
        TestContext.Current.SendDiagnosticMessage(result.StandardOutput.Trim());
    }
}
