using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;
using Codec.Frames;

namespace Codec.Bench.Sdk;

/// <summary>The allocations and the speed of <see cref="CodecClient.SubscribeAsync"/>, on many small images.</summary>
internal static class Receiving
{
    private const int WarmUps = 2;
    private const int Rounds = 7;
    private const double MostBytes = 200;

    public static async Task<Figure[]> MeasureAsync(CodecClient client, FaceChannel faces, CancellationToken cancellationToken)
    {
        byte[][] frames = [.. Enumerable.Range(0, FaceChannel.Count / FaceChannel.CodesPerFrame).Select(Frame)];
        var allocated = new List<double>();
        var bare = new List<double>();
        var received = new List<double>();
        var alone = new List<double>();
        for (int round = 0; round < WarmUps + Rounds; round++)
        {
            alone.Add(Rate(() => Array.ForEach(frames, frame => faces.Model.DecodeFrame(frame))));
            bare.Add(Rate(() => Parallel.ForEach(frames, frame => faces.Model.DecodeFrame(frame))));
            long start = Stopwatch.GetTimestamp();
            long all = await ReceiveAsync(client, faces.Name, FaceChannel.Count, cancellationToken);
            received.Add(FaceChannel.Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
            // The difference of two subscriptions is the steady state, without their beginning and end.
            long half = await ReceiveAsync(client, faces.Name, FaceChannel.Count / 2, cancellationToken);
            allocated.Add((all - half) / (FaceChannel.Count / 2.0));
        }

        double bytes = Median(allocated);
        double ours = Median(received);
        double peer = Median(bare);
        return
        [
            new Figure("sdk.alloc_per_face", bytes, "bytes", Text($"besides the pixels; at most {MostBytes:0}"), bytes / MostBytes),
            new Figure(
                "sdk.decode_ratio",
                ours / peer,
                "times",
                Text($"{ours:0} faces/s; the decoder alone: {peer:0} on {Environment.ProcessorCount} cores, {Median(alone):0} on one"),
                ours / peer
            ),
        ];

        byte[] Frame(int index) =>
            CodeFrame.Write(
                FaceChannel.Quality,
                [
                    .. Enumerable
                        .Range(index * FaceChannel.CodesPerFrame, FaceChannel.CodesPerFrame)
                        .Select(i => (ReadOnlyMemory<byte>)faces.Codes[i % faces.Codes.Length]),
                ]
            );
    }

    /// <summary>Receives the last images of the channel.</summary>
    /// <returns>Bytes that the process allocated besides their pixels.</returns>
    private static async Task<long> ReceiveAsync(CodecClient client, string channel, int count, CancellationToken cancellationToken)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await foreach (DecodedImage image in client.SubscribeAsync(channel, SubscribeFrom.Last(count), cancellationToken))
        {
            before += image.Pixels.Length;
            if (image.Sequence == FaceChannel.Count)
                break;
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private static double Rate(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return FaceChannel.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => Quantile.Of([.. values.Skip(WarmUps)], 0.5);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
