using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using CodecServer.Tests.Processes;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Telemetry;

/// <summary>Makes a server process do each kind of work once: what it measures is then known.</summary>
internal static class WorkingServer
{
    public const string Model = "faces-64";
    public const int Side = 64;
    public const int Published = 3;

    private static readonly byte[] File = ImageFile.EncodePng(
        new Raster(2 * Side, 2 * Side, 3, Blobs.Random(4 * Side * Side * 3, seed: 3))
    );

    /// <summary>Encodes a file, decodes its code, publishes images and a frame, subscribes, commits, and is refused once.</summary>
    public static async Task WorkAsync(CalledServer server, Metadata? headers = null)
    {
        CallOptions options = Rpc.Options.WithHeaders(headers ?? []);
        V1.EncodeResponse encoded = await server.Codec.EncodeAsync(
            new()
            {
                Model = Model,
                Image = new() { File = ByteString.CopyFrom(File), Fit = V1.Fit.Cover },
            },
            options
        );
        byte[] frame = Codec.Frames.CodeFrame.Write(0, [encoded.Code.Memory]);
        await server.Codec.DecodeAsync(new() { Model = Model, Frame = ByteString.CopyFrom(frame) }, options);
        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () =>
                await server.Codec.EncodeAsync(
                    new()
                    {
                        Model = Model,
                        Image = new() { File = ByteString.CopyFromUtf8("no image") },
                    },
                    options
                )
        );
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, options);
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> publish = server.Channels.Publish(options);
        await publish.RequestStream.SendAsync(
            new()
            {
                Header = new() { Channel = "faces", Model = Model },
            }
        );
        for (int i = 1; i < Published; i++)
        {
            await publish.RequestStream.SendAsync(
                new()
                {
                    Image = new() { File = ByteString.CopyFrom(File), Fit = V1.Fit.Cover },
                }
            );
        }

        await publish.RequestStream.SendAsync(new() { Frame = ByteString.CopyFrom(frame) });
        await publish.RequestStream.CompleteAsync();
        Assert.Equal(1 + Published, (await publish.ResponseStream.CollectAsync()).Count);
        await server.Channels.CommitConsumerAsync(
            new()
            {
                Channel = "faces",
                Consumer = "viewer",
                NextSequence = 2,
            },
            options
        );
    }

    /// <summary>Reads what <see cref="WorkAsync"/> has made.</summary>
    public static async Task ReadAsync(CalledServer server, Metadata headers) =>
        await server.Channels.ListChannelsAsync(new(), Rpc.Options.WithHeaders(headers));
}
