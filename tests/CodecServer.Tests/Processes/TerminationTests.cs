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
        string addressFile = Path.Combine(directory.Path, "address");
        using ServerProcess server = await ServerProcess.StartAsync(directory.Path, "--address-file", addressFile, "--drain-seconds", "20");
        Assert.Equal(server.Address + "\n", await File.ReadAllTextAsync(addressFile, TestContext.Current.CancellationToken));
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Now = true },
            Rpc.Options
        );
        await call.PositionAsync();
        long started = TimeProvider.System.GetTimestamp();

        server.Terminate();

        await Rpc.FailsAsync(StatusCode.Unavailable, () => call.ResponseStream.NextAsync());
        (int status, string output) = await server.WaitAsync();
        Assert.Equal((0, false), (status, output.Contains("fail:", StringComparison.Ordinal)));
        Assert.Contains("Draining", output, StringComparison.Ordinal);

        // Well before the time that calls get: nothing held the server up.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 15);
        Assert.False(File.Exists(addressFile));
    }
}
