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
        return $"{name}:{Docker.Version}";
    }

    private static async Task BuildAsync(string image)
    {
        (int status, string output, string errors) = await Docker.ExecuteAsync(Path.Combine(Docker.Root, "eng", "images.sh"), image);
        Assert.True(status == 0, $"The image cannot be built:\n{output}\n{errors}");
        TestContext.Current.SendDiagnosticMessage(output.Trim());
    }
}
