using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;
using Codec.Datasets;
using Codec.Frames;
using Codec.Images;
using Spectre.Console;

namespace Codec.Bench.Streams;

/// <summary>
/// Measures the cost of publishing and subscribing with a real server process on the loopback interface and the shipped <c>faces-64</c>.
/// The faces are synthetic, so no data set is needed.
/// </summary>
internal sealed class StreamSuite(IAnsiConsole console, string output)
{
    private const string Model = "faces-64";
    private const int Side = 64;
    private const int Faces = 1000;
    private const int Quality = 0;
    private const int CodesPerFrame = 64;
    private const int Refusals = 500;
    private const int Cuts = 20;
    private const int WarmUps = 8;
    private const int Rounds = 7;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        var source = new SyntheticFaces(Faces, Side, Side);
        Raster[] faces = [.. Enumerable.Range(0, Faces).Select(i => source.Draw(i).Image)];
        await using ServiceProcess service = await ServiceProcess.StartAsync(Path.Combine(output, "service"), cancellationToken);
        using CodecClient client = service.Connect(new SocketCounter());
        CodecModel model = await client.GetLocalModelAsync(Model, withEncoder: true, cancellationToken: cancellationToken);
        byte[][] codes = model.EncodeBatch(faces.SelectMany(face => face.Samples).ToArray(), Quality);

        console.WriteLine($"{Faces} faces of {Side}×{Side}, {Model} at quality {Quality}, a server process on this machine…");
        Figure[] figures =
        [
            await AcknowledgedAsync(client, model, faces, cancellationToken),
            await RefusalAsync(client, faces[0], cancellationToken),
            await KeysAsync(service, client, codes, cancellationToken),
            await PlainAsync(service, model, codes, cancellationToken),
            await ResumeAsync(service, client, faces, cancellationToken),
        ];
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "stream.json"), cancellationToken);
    }

    /// <summary>Measures the rate of images that the server encodes and stores durably, compared with encoding in this process.</summary>
    private static async Task<Figure> AcknowledgedAsync(
        CodecClient client,
        CodecModel model,
        Raster[] faces,
        CancellationToken cancellationToken
    )
    {
        await client.CreateChannelAsync("acknowledged", cancellationToken: cancellationToken);
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(
            "acknowledged",
            Model,
            Quality,
            cancellationToken: cancellationToken
        );
        // Warm up until tiered compilation has finished: a server that has just started encodes a quarter as fast.
        for (int round = 0; round < WarmUps; round++)
        {
            await PublishAsync();
            Encode();
        }

        var streamed = new List<double>();
        var local = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            await PublishAsync();
            streamed.Add(faces.Length / Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            Encode();
            local.Add(faces.Length / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double ours = Quantile.Of(streamed, 0.5),
            peer = Quantile.Of(local, 0.5);
        return new Figure(
            "stream.acked_images_per_second",
            ours,
            "images/s",
            Text($"encoded in process, all cores: {peer:0}"),
            ours / peer
        );

        void Encode() =>
            Parallel.ForEach(faces.Chunk(32), batch => model.EncodeBatch(batch.SelectMany(face => face.Samples).ToArray(), Quality));

        async Task PublishAsync()
        {
            IAsyncEnumerable<OutgoingImage> outgoing = faces.ToAsyncEnumerable().Select(image => new OutgoingImage(Source(image)));
            await foreach (PublishResult result in publisher.PublishAllAsync(outgoing, cancellationToken))
            {
                if (result.Error is { } error)
                    throw new BenchException($"An image was refused: {error.Message}");
            }
        }
    }

    /// <summary>Measures the time from sending an item that the server refuses to its answer; the stream stays open.</summary>
    private static async Task<Figure> RefusalAsync(CodecClient client, Raster face, CancellationToken cancellationToken)
    {
        await client.CreateChannelAsync("refused", cancellationToken: cancellationToken);
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(
            "refused",
            Model,
            Quality,
            cancellationToken: cancellationToken
        );
        ImageSource wrong = ImageSource.FromFile("no image"u8.ToArray());
        var refused = new List<double>();
        var stored = new List<double>();
        for (int i = 0; i < Refusals; i++)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                await publisher.PublishAsync(wrong, cancellationToken: cancellationToken);
                throw new BenchException("The server stored a file that is not an image.");
            }
            catch (InvalidRequestException)
            {
                refused.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            start = Stopwatch.GetTimestamp();
            await publisher.PublishAsync(Source(face), cancellationToken: cancellationToken);
            stored.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        double p99 = Quantile.Of(refused, 0.99),
            peer = Quantile.Of(stored, 0.99);
        return new Figure("stream.refusal_ms", p99, "ms, p99", Text($"an image stored: {peer:0.0} ms"), p99 / peer);
    }

    /// <summary>
    /// Measures the bytes that keys and capture times add on a subscriber's socket: 8-character keys of 10 cameras, milliseconds, frames of
    /// 64.
    /// </summary>
    private static async Task<Figure> KeysAsync(
        ServiceProcess service,
        CodecClient client,
        byte[][] codes,
        CancellationToken cancellationToken
    )
    {
        long plain = await StreamAsync("plain", withInfo: false),
            keyed = await StreamAsync("keyed", withInfo: true);
        double bytes = (double)(keyed - plain) / codes.Length;
        return new Figure(
            "stream.key_bytes_per_code",
            bytes,
            "bytes",
            Text($"the codes themselves: {codes.Average(code => code.Length):0.0}"),
            bytes / codes.Average(code => code.Length)
        );

        async Task<long> StreamAsync(string channel, bool withInfo)
        {
            await client.CreateChannelAsync(channel, cancellationToken: cancellationToken);
            var random = new Random(1);
            var time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            await using (
                ChannelPublisher publisher = await client.OpenPublisherAsync(
                    channel,
                    Model,
                    Quality,
                    new PublisherOptions { CodesPerFrame = CodesPerFrame, Linger = TimeSpan.FromSeconds(1) },
                    cancellationToken
                )
            )
            {
                foreach (byte[] code in codes)
                {
                    // Ten cameras, each with ten images a second, not synchronized.
                    time += TimeSpan.FromMilliseconds(random.Next(-20, 41));
                    CodeInfo? info = withInfo ? new CodeInfo { Key = $"camera-{random.Next(10)}", CapturedAt = time } : null;
                    await publisher.SendCodeAsync(code, info, cancellationToken);
                }

                await publisher.FlushAsync(cancellationToken);
            }

            var socket = new SocketCounter();
            using CodecClient subscriber = service.Connect(socket);
            await subscriber.GetLocalModelAsync(Model, cancellationToken: cancellationToken);
            long before = socket.Bytes;
            int received = 0;
            var options = new SubscribeOptions { From = SubscribeFrom.Start, MaxCodesPerFrame = CodesPerFrame };
            await foreach (ReceivedFrame frame in subscriber.SubscribeCodesAsync(channel, options, cancellationToken))
            {
                received += frame.Codes.Count;
                if (received >= codes.Length)
                    break;
            }

            return socket.Bytes - before;
        }
    }

    private static async Task<Figure> PlainAsync(
        ServiceProcess service,
        CodecModel model,
        byte[][] codes,
        CancellationToken cancellationToken
    )
    {
        StreamFigures stream = await service.StreamAsync("ratio", model, codes, Quality, CodesPerFrame, cancellationToken);
        return new Figure("stream.plain_wire_ratio", stream.Ratio, "times", Text($"codes: {stream.CodeBytes} bytes"), stream.Ratio);
    }

    /// <summary>Measures the time from the loss of a subscriber's connection to its next image, while publishing continues.</summary>
    private static async Task<Figure> ResumeAsync(
        ServiceProcess service,
        CodecClient client,
        Raster[] faces,
        CancellationToken cancellationToken
    )
    {
        await client.CreateChannelAsync("resumed", cancellationToken: cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task publishing = PublishAsync();
        var socket = new SocketCounter();
        using CodecClient subscriber = service.Connect(socket);
        var times = new List<double>();
        long expected = 1,
            cut = 0;
        await foreach (DecodedImage image in subscriber.SubscribeAsync("resumed", SubscribeFrom.Start, cancellationToken))
        {
            if (image.Sequence != expected++)
                throw new BenchException($"Image {image.Sequence} arrived instead of {expected - 1}.");
            if (cut != 0 && socket.Connections > times.Count + 1)
            {
                times.Add(Stopwatch.GetElapsedTime(cut).TotalMilliseconds);
                cut = 0;
                if (times.Count == Cuts)
                    break;
            }

            if (cut == 0 && expected % 20 == 0)
            {
                cut = Stopwatch.GetTimestamp();
                socket.Cut();
            }
        }

        await stop.CancelAsync();
        await publishing;
        double median = Quantile.Of(times, 0.5);
        return new Figure(
            "stream.resume_ms",
            median,
            "ms, median",
            Text($"p90: {Quantile.Of(times, 0.9):0} ms; first delay at most {new ReconnectPolicy().InitialDelay.TotalMilliseconds:0} ms"),
            median / new ReconnectPolicy().InitialDelay.TotalMilliseconds
        );

        async Task PublishAsync()
        {
            await using ChannelPublisher publisher = await client.OpenPublisherAsync(
                "resumed",
                Model,
                Quality,
                cancellationToken: cancellationToken
            );
            for (int i = 0; !stop.IsCancellationRequested; i++)
                await publisher.PublishAsync(Source(faces[i % faces.Length]), cancellationToken: cancellationToken);
        }
    }

    private static ImageSource Source(Raster image) => ImageSource.FromPixels(image.Samples, image.Width, image.Height, image.Channels);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
