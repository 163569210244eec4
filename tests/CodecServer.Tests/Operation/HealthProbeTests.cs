using Codec.Server;
using Codec.Server.Options;
using Codec.Server.Services;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;

namespace CodecServer.Tests.Operation;

public sealed class HealthProbeTests
{
    [Fact]
    public async Task Run_ServerServes_ReturnsZero()
    {
        await using TestServer server = await TestServer.StartAsync();
        await WhenServing(server);
        using var output = new StringWriter();

        Assert.Equal(0, await HealthProbe.RunAsync(Listening(server.Address), output));
        Assert.Equal("Serving", output.ToString().Trim());
    }

    [Fact]
    public async Task Run_NoServer_ReturnsOneAndNamesTheAddress()
    {
        string address;
        await using (TestServer server = await TestServer.StartAsync())
        {
            address = server.Address;
        }

        using var output = new StringWriter();

        Assert.Equal(1, await HealthProbe.RunAsync(Listening(address), output));
        Assert.StartsWith($"No answer at {address}: ", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5080", "http://127.0.0.1:5080/")]
    [InlineData("http://*:5080", "http://127.0.0.1:5080/")]
    [InlineData("http://+:81", "http://127.0.0.1:81/")]
    [InlineData("http://[::]:5080", "http://[::1]:5080/")]
    [InlineData("https://10.0.0.7:5443/", "https://10.0.0.7:5443/")]
    [InlineData("http://localhost:5080", "http://localhost:5080/")]
    public void Reachable_Address_IsReachableOnTheSameHost(string listen, string reachable) =>
        Assert.Equal(reachable, HealthProbe.Reachable(ListenAddress.Parse(listen)).AbsoluteUri);

    private static IReadOnlyDictionary<string, string?> Listening(string address) => CommandLine.Parse(["--listen", address]).Settings;

    private static async Task WhenServing(TestServer server)
    {
        using AsyncServerStreamingCall<HealthCheckResponse> watch = server.Health.Watch(new HealthCheckRequest());
        while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            if (watch.ResponseStream.Current.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                return;
        }
    }
}
