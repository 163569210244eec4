using System.Net.Sockets;
using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Channels;

public sealed class WireTests
{
    private const int Codes = 1324;

    [Fact]
    public async Task Subscribe_FromTheStart_CostsAtMostATenthMoreThanTheCodes()
    {
        await using TestServer server = await TestServer.StartAsync();
        ModelPackage package = SmallModel.Create();
        await server.PublishAsync(package);
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        using CodecModel model = CodecModel.Load(package);
        ReadOnlyMemory<byte>[] codes =
        [
            .. Enumerable
                .Range(0, Codes)
                .Select(i => (ReadOnlyMemory<byte>)model.Encode(SmallModel.Image(i), SmallModel.Side, SmallModel.Side, 1)),
        ];
        await server.PublishToAsync(
            new() { Channel = "faces", Model = "small-8" },
            [.. codes.Select(code => new V1.PublishRequest { Frame = ByteString.CopyFrom(CodeFrame.Write(1, [code])) })]
        );

        long socketBytes = 0;
        using GrpcChannel channel = CountingChannel(server.Address, bytes => Interlocked.Add(ref socketBytes, bytes));
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = new V1.ChannelService.ChannelServiceClient(channel).Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );
        int received = 0;
        while (received < Codes)
        {
            V1.SubscribeResponse response = await call.ResponseStream.NextAsync();
            received += response.PartCase == V1.SubscribeResponse.PartOneofCase.Frame ? CodeFrame.ReadHeader(response.Frame.Span).Count : 0;
        }

        long codeBytes = codes.Sum(code => (long)code.Length);
        double ratio = (double)socketBytes / codeBytes;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{socketBytes} bytes on the socket, both ways, for {codeBytes} bytes of {Codes} codes: {ratio:f3}"
        );
        Assert.InRange(ratio, 1.0, 1.10);
    }

    /// <summary>
    /// Creates a channel that counts every byte of its connection in both directions, including prefaces, settings, headers and pings.
    /// </summary>
    private static GrpcChannel CountingChannel(string address, Action<int> count) =>
        GrpcChannel.ForAddress(
            address,
            new GrpcChannelOptions
            {
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectCallback = async (context, cancellationToken) =>
                    {
                        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                        return new CountingStream(new NetworkStream(socket, ownsSocket: true), count);
                    },
                },
                DisposeHttpClient = true,
            }
        );

    private sealed class CountingStream(Stream inner, Action<int> count) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken);
            count(read);
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            count(buffer.Length);
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
