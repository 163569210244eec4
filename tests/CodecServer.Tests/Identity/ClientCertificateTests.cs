using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using CodecServer.Tests.Network;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Identity;

public sealed class ClientCertificateTests
{
    [Theory]
    [InlineData("anna", StatusCode.OK)]
    [InlineData("bert", StatusCode.Unauthenticated)]
    [InlineData(null, StatusCode.Unauthenticated)]
    public async Task Call_Certificate_HasTheNameThatItsCredentialGives(string? commonName, StatusCode expected)
    {
        using var folder = new TlsFolder();
        await using IdentityServer server = await IdentityServer.StartAsync(folder.WithClientCertificates("optional"));
        await server.AcceptCertificateAsync("camera-7", certificate: "anna", role: "publish:cameras.*");
        IssuedCertificate? certificate = commonName is null ? null : folder.Clients.Issue(commonName, forClients: true);
        using GrpcChannel channel = folder.Connect(server.Server.Address, certificate);
        var channels = new V1.ChannelService.ChannelServiceClient(channel);

        StatusCode status = StatusCode.OK;
        try
        {
            await channels.CreateChannelAsync(new() { Name = "cameras.7" }, Rpc.Options);
        }
        catch (RpcException exception)
        {
            status = exception.StatusCode;
        }

        Assert.Equal(expected, status);
        Assert.Contains(
            server.Audit.Lines,
            line => line.Contains(expected == StatusCode.OK ? "done, by 'camera-7' (certificate " : "denied", StringComparison.Ordinal)
        );
    }
}
