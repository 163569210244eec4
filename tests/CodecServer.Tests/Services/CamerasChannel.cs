using Codec;
using Codec.Frames;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>A server with the channel <c>cameras</c>, and what tests publish to it and read from it.</summary>
internal static class CamerasChannel
{
    public static async Task<TestServer> StartAsync(V1.Retention? retention = null, string? directory = null)
    {
        TestServer server = await TestServer.StartAsync([], directory);
        await server.PublishAsync(SmallModel.Create());
        await server.Channels.CreateChannelAsync(new() { Name = "cameras", Retention = retention }, Rpc.Options);
        return server;
    }

    public static Task<List<V1.PublishResponse>> PublishAsync(TestServer server, params V1.CodeInfo?[] infos) =>
        server.PublishToAsync(
            Header(),
            [.. infos.Select((info, i) => new V1.PublishRequest { Image = Publishing.ToImage(SmallModel.Image(i)), Info = info })]
        );

    public static async Task<List<(long Sequence, CodeInfo Info)>> ReadAsync(TestServer server, V1.SubscribeRequest request, int count)
    {
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(request, Rpc.Options);
        await call.PositionAsync();
        return await ReadAsync(call, count);
    }

    public static async Task<List<(long Sequence, CodeInfo Info)>> ReadAsync(AsyncServerStreamingCall<V1.SubscribeResponse> call, int count)
    {
        var codes = new List<(long, CodeInfo)>();
        while (codes.Count < count)
        {
            V1.SubscribeResponse response = await call.ResponseStream.NextAsync();
            if (response.PartCase == V1.SubscribeResponse.PartOneofCase.Header)
                continue;

            Assert.Equal(V1.SubscribeResponse.PartOneofCase.Frame, response.PartCase);
            FrameHeader header = CodeFrame.ReadHeader(response.Frame.Span);
            FrameInfo info = CodeFrame.ReadInfo(response.Frame.Span, header);
            codes.AddRange(info.Sequences(response.FirstSequence, header.Count).Select((sequence, i) => (sequence, info[i])));
        }

        return [.. codes.Take(count)];
    }

    public static V1.PublishRequest.Types.Header Header() =>
        new()
        {
            Channel = "cameras",
            Model = "small-8",
            Quality = 1,
        };
}
