using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>A server with the channel <c>faces</c>, and what tests publish to it and read from it.</summary>
internal static class FacesChannel
{
    public static readonly ModelPackage First = SmallModel.Create(note: "first");

    public static readonly ModelPackage Second = SmallModel.Create(note: "second");

    public static async Task<TestServer> StartAsync(long retain = 0)
    {
        TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(First);
        await server.Channels.CreateChannelAsync(
            new()
            {
                Name = "faces",
                Retention = new() { Codes = retain },
            },
            Rpc.Options
        );
        return server;
    }

    public static V1.PublishRequest.Types.Header Header(string model = "small-8", int quality = 1, string producer = "") =>
        new()
        {
            Channel = "faces",
            Model = model,
            Quality = quality,
            Producer = producer,
        };

    public static V1.PublishRequest Image(int seed, long producerSequence = 0) =>
        new() { Image = Publishing.ToImage(SmallModel.Image(seed)), ProducerSequence = producerSequence };

    /// <summary>Reads frames, requires the expected sequence, quality and number of codes of each, and returns the codes.</summary>
    public static async Task<List<byte[]>> ReadCodesAsync(
        AsyncServerStreamingCall<V1.SubscribeResponse> call,
        CodecModel model,
        (long Sequence, int Quality, int Count)[] frames
    )
    {
        var codes = new List<byte[]>();
        foreach ((long sequence, int quality, int count) in frames)
        {
            V1.SubscribeResponse response = await call.ResponseStream.NextAsync();
            Assert.Equal(V1.SubscribeResponse.PartOneofCase.Frame, response.PartCase);
            FrameCodes split = model.SplitFrame(response.Frame.Memory);
            Assert.Equal((sequence, quality, count), (response.FirstSequence, split.Quality, split.Codes.Count));
            codes.AddRange(split.Codes.Select(code => code.ToArray()));
        }

        return codes;
    }
}
