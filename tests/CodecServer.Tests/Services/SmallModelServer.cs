using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>A server with the model <c>small-8</c>, and requests to encode with it.</summary>
internal static class SmallModelServer
{
    public static readonly ModelPackage Package = SmallModel.Create();

    public static async Task<TestServer> StartAsync(params string[] args)
    {
        TestServer server = await TestServer.StartAsync(args);
        await server.PublishAsync(Package);
        return server;
    }

    public static V1.EncodeRequest Request(byte[] samples, int quality, string model = "small-8") =>
        new()
        {
            Model = model,
            Quality = quality,
            Image = Publishing.ToImage(samples),
        };

    public static V1.EncodeRequest FileRequest(ByteString file, V1.Fit fit) =>
        new()
        {
            Model = "small-8",
            Quality = 1,
            Image = new() { File = file, Fit = fit },
        };
}
