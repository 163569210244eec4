using System.Text.Json;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

public sealed class StartTests
{
    [Fact]
    public async Task Start_FreshServer_ServesTheShippedModelsFromItsFirstCallOn()
    {
        for (int round = 0; round < 3; round++)
        {
            using var directory = new TemporaryDirectory();
            await using CalledServer server = await CalledServer.StartAsync(directory.Path, shippedModels: true);

            V1.GetVersionResponse photos = await server.Models.GetVersionAsync(new() { Model = "photos@live" }, Rpc.Options);

            Assert.Equal("photos", photos.Version.Model);
        }
    }

    [Fact]
    public async Task Sigterm_WhileItStarts_ExitsWithZeroAndWritesNoError()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var directory = new TemporaryDirectory();

        // Once one of the two shipped models is published, the other is being read, stored or loaded.
        var published = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var settings = new ServerSettings
        {
            DataDirectory = directory.Path,
            ShippedModels = true,
            OnLine = line =>
            {
                if (line.Contains("Published ", StringComparison.Ordinal))
                    published.TrySetResult();
            },
        };
        await using ServerProcess server = ServerProcess.Begin(settings);
        await published.Task.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Equal("", server.Errors);
        Assert.DoesNotContain("Listening on", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", server.Output, StringComparison.Ordinal);
        await using CalledServer again = await CalledServer.StartAsync(directory.Path, shippedModels: true);
        Assert.Equal(2, (await again.Models.ListModelsAsync(new(), Rpc.Options)).Models.Count);
    }

    [Theory]
    [InlineData("--drain-seconds", "1000", "Codec:DrainSeconds is '1000'; it must be 1 to 300")]
    [InlineData("--drain-seconds", "long", "'long'")]
    [InlineData("--store", "paper", "Codec:Store:Kind is 'paper'")]
    [InlineData("--data-directory", "/dev/null/data", "/dev/null/data")]
    [InlineData("--listen", "https://127.0.0.1:0", "which needs a certificate. Set Codec:Tls:Certificate (--tls-certificate)")]
    [InlineData("--replica", "1", "only replica 0 may start")]
    public async Task Start_Fails_SaysWhyInOneLineOfJsonWhereTheLogIsJson(string option, string value, string reason)
    {
        using var directory = new TemporaryDirectory();
        string[] args =
        [
            .. ServerSettings.Complete([option, value], ("--listen", "http://127.0.0.1:0"), ("--data-directory", directory.Path)),
        ];

        BufferedCommandResult text = await RunAsync(args);
        BufferedCommandResult json = await RunAsync([.. args, "--json-logs"]);

        Assert.Equal((2, 2, ""), (text.ExitCode, json.ExitCode, text.StandardOutput + json.StandardOutput));
        Assert.Contains(reason, text.StandardError, StringComparison.Ordinal);
        using var line = JsonDocument.Parse(Assert.Single(json.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("Critical", line.RootElement.GetProperty("LogLevel").GetString());
        Assert.Equal(text.StandardError.TrimEnd(), line.RootElement.GetProperty("Message").GetString());

        static Task<BufferedCommandResult> RunAsync(string[] args) =>
            Programs.Dotnet(Programs.PathOf("src/CodecServer", "CodecServer"), args).RunAsync(TestContext.Current.CancellationToken);
    }
}
