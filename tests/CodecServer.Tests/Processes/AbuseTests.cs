using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

/// <summary>The real server with the heap of a container of 1 GiB, and peers that make it hold what they can.</summary>
public sealed class AbuseTests
{
    private const string Models = "/codec.v1.ModelService/ListModels";
    private const string Encode = "/codec.v1.CodecService/Encode";
    private const string DecodeStream = "/codec.v1.CodecService/DecodeStream";
    private const long MaxBytes = 700L << 20;
    private const int Rounds = 3;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(6);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_AbusedByManyAtOnce_LivesWithinItsMemoryAndServesOthers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Measures memory through /proc.");
        await using ServerProcess server = await ServerProcess.StartAsync(
            new ServerSettings
            {
                Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x30000000" },
                Arguments = ["--max-pixels-in-work", $"{1 << 25}"],
            },
            Ct
        );
        using GrpcChannel channel = GrpcChannel.ForAddress(server.Address);
        var codec = new V1.CodecService.CodecServiceClient(channel);
        await PublishAsync(channel, SmallModel.Create());
        await PublishAsync(channel, SmallGrid.Create());
        await EncodeAsync(codec);

        using var first = new HttpClient();
        using var second = new HttpClient();
        using var third = new HttpClient();
        byte[] file = [.. RawCall.Frame(FileOf20Megabytes())];
        byte[] frame = RawCall.Frame(FlatFrame());
        byte[] frames = [.. Enumerable.Repeat(frame, 80).SelectMany(part => part)];
        byte[] most = [.. RawCall.Frame(new byte[24 << 20]).AsSpan(..^1)];
        int served = 0;
        for (int round = 0; round < Rounds; round++)
        {
            OpenCall[] calls =
            [
                .. Begin(first, server.Address, Models, most, 90),
                .. Begin(second, server.Address, Encode, file, 40),
                .. Begin(third, server.Address, DecodeStream, frames, 10),
            ];
            for (long began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < Round; served++)
                await EncodeAsync(codec);
            foreach (OpenCall call in calls)
                call.Dispose();
        }

        // Every call of the other client succeeded; a failure would have thrown.
        Assert.False(server.HasExited);
        TestContext.Current.SendDiagnosticMessage(
            $"peak {server.PeakBytes >> 20} MiB, now {server.Bytes >> 20} MiB, {served} calls served"
        );
        Assert.InRange(server.PeakBytes, 1, MaxBytes);
        Assert.DoesNotContain("OutOfMemory", server.Output, StringComparison.Ordinal);
    }

    private static OpenCall[] Begin(HttpClient client, string address, string method, byte[] body, int count)
    {
        OpenCall[] calls = [.. Enumerable.Range(0, count).Select(_ => new OpenCall(client, address, method))];
        foreach (OpenCall call in calls)
            call.Send(body);
        return calls;
    }

    private static async Task EncodeAsync(V1.CodecService.CodecServiceClient codec) =>
        Assert.NotEmpty(
            (
                await codec.EncodeAsync(
                    new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) },
                    deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30),
                    cancellationToken: Ct
                )
            ).Code
        );

    private static async Task PublishAsync(GrpcChannel channel, ModelPackage package)
    {
        var models = new V1.ModelService.ModelServiceClient(channel);
        foreach ((Digest digest, ReadOnlyMemory<byte> bytes) in package.Blobs)
            await models.UploadAsync(new V1.BlobRef { Digest = digest.Hex, Size = bytes.Length }, bytes.ToArray());
        await models.PublishVersionAsync(new() { Manifest = ByteString.CopyFrom(package.ManifestBytes.Span) }, Rpc.Options);
        await models.SetAliasAsync(
            new()
            {
                Model = package.Manifest.Name,
                Name = "live",
                Digest = package.Version.Hex,
            },
            Rpc.Options
        );
    }

    private static byte[] FileOf20Megabytes() =>
        new V1.EncodeRequest
        {
            Model = "small-8",
            Image = new() { File = ByteString.CopyFrom(new byte[20 << 20]) },
        }.ToByteArray();

    private static byte[] FlatFrame()
    {
        const int Side = 1100;
        using CodecModel model = CodecModel.Load(SmallGrid.Create());
        byte[] code = model.Encode(new byte[Side * Side * 3], Side, Side, 0);
        return new V1.DecodeRequest { Model = model.Manifest.Name, Frame = ByteString.CopyFrom(CodeFrame.Write(0, [code])) }.ToByteArray();
    }
}
