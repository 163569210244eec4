using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

public sealed class TerminationTests
{
    [Fact]
    public async Task Sigterm_OpenStreams_EndWithUnavailableAndTheServerExitsWithZero()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var directory = new TemporaryDirectory();
        await using CalledServer server = await CalledServer.StartAsync(directory.Path, shippedModels: false, "--drain-seconds", "20");
        string addressFile = server.Process.AddressFile;
        Assert.Equal(server.Process.Address + "\n", await File.ReadAllTextAsync(addressFile, TestContext.Current.CancellationToken));
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Now = true },
            Rpc.Options
        );
        await call.PositionAsync();
        long started = TimeProvider.System.GetTimestamp();

        server.Process.Terminate();

        await Rpc.FailsAsync(StatusCode.Unavailable, () => call.ResponseStream.NextAsync());
        Assert.Equal(0, await server.Process.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.DoesNotContain("fail:", server.Process.Output, StringComparison.Ordinal);
        Assert.Contains("Draining", server.Process.Output, StringComparison.Ordinal);

        // Well within the time that calls have to complete: nothing delayed the server.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 15);
        Assert.False(File.Exists(addressFile));
    }
}
