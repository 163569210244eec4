using System.Diagnostics;
using Codec.Client;
using Codec.Tests.Shared.Processes;

namespace Codec.Bench.Processes;

/// <summary>A server process on a free loopback port, with a new data directory.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    /// <summary>How long the server may take to end after SIGTERM.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ServerProcess _server;
    private readonly string _folder;

    private ServiceProcess(ServerProcess server, string folder) => (_server, _folder) = (server, folder);

    public Uri Address => new(_server.Address);

    /// <summary>Bytes of memory that the server has (Linux).</summary>
    public long Bytes => _server.Bytes;

    /// <summary>Most bytes of memory that it has had (Linux).</summary>
    public long PeakBytes => _server.PeakBytes;

    /// <summary>The processor time that the server has used.</summary>
    public TimeSpan ProcessorTime => _server.ProcessorTime;

    /// <summary>Starts a server.</summary>
    /// <param name="folder">Its folder; deleted first.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="shippedModels">Whether it publishes the models that ship.</param>
    /// <param name="environment">Further variables; null for none.</param>
    public static async Task<ServiceProcess> StartAsync(
        string folder,
        CancellationToken cancellationToken,
        bool shippedModels = true,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var settings = new ServerSettings
        {
            DataDirectory = Path.Combine(folder, "data"),
            ShippedModels = shippedModels,
            Environment = environment ?? new Dictionary<string, string>(),
        };
        return new ServiceProcess(await ServerProcess.StartAsync(settings, cancellationToken), folder);
    }

    /// <summary>Stops the server and starts it again on its data.</summary>
    /// <returns>The time from the start of the process until it was ready.</returns>
    public async Task<TimeSpan> RestartAsync(CancellationToken cancellationToken)
    {
        await _server.StopAsync(Patience);
        long began = Stopwatch.GetTimestamp();
        await _server.RestartAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Creates a client whose socket bytes are counted; owned by the caller.</summary>
    public CodecClient Connect(SocketCounter counter) =>
        new(
            new CodecClientOptions
            {
                Address = Address,
                CacheDirectory = Path.Combine(_folder, "cache"),
                ConnectCallback = counter.ConnectAsync,
            }
        );

    /// <summary>Publishes codes into a new channel and streams them back to a subscriber, which decodes their symbols.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="model">The model that made the codes.</param>
    /// <param name="codes">The codes.</param>
    /// <param name="quality">Their quality.</param>
    /// <param name="codesPerFrame">Number of codes in a frame.</param>
    /// <param name="cancellationToken">Cancels the stream.</param>
    /// <returns>The bytes of the codes and of the sockets.</returns>
    /// <exception cref="BenchException">A decoded symbol differs from the producer's.</exception>
    public async Task<StreamFigures> StreamAsync(
        string channel,
        CodecModel model,
        byte[][] codes,
        int quality,
        int codesPerFrame,
        CancellationToken cancellationToken
    )
    {
        using (CodecClient producer = Connect(new SocketCounter()))
        {
            await producer.CreateChannelAsync(channel, cancellationToken: cancellationToken);
            await using ChannelPublisher publisher = await producer.OpenPublisherAsync(
                channel,
                model.Manifest.Name,
                quality,
                new PublisherOptions { CodesPerFrame = codesPerFrame },
                cancellationToken
            );
            foreach (byte[] code in codes)
                await publisher.SendCodeAsync(code, cancellationToken: cancellationToken);
            await publisher.FlushAsync(cancellationToken);
        }

        // The first client fetches the decoder, which stays in the cache on disk; the stream's cost is measured by a second client, which
        // finds it there.
        var download = new SocketCounter();
        using (CodecClient first = Connect(download))
        {
            await first.GetLocalModelAsync(model.Manifest.Name, cancellationToken: cancellationToken);
        }

        var socket = new SocketCounter();
        using CodecClient subscriber = Connect(socket);
        var received = new List<byte[]>();
        CodecModel decoder = model;
        await foreach (
            ReceivedFrame frame in subscriber.SubscribeCodesAsync(channel, SubscribeFrom.Start, cancellationToken: cancellationToken)
        )
        {
            decoder = frame.Model;
            received.AddRange(frame.Codes.Select(code => code.ToArray()));
            if (received.Count >= codes.Length)
                break;
        }

        long bytes = socket.Bytes;
        for (int i = 0; i < codes.Length; i++)
        {
            if (!decoder.DecodeSymbols(received[i], quality).AsSpan().SequenceEqual(model.DecodeSymbols(codes[i], quality)))
                throw new BenchException($"The symbols of image {i} differ from the producer's.");
        }

        return new StreamFigures(codes.Sum(code => (long)code.Length), bytes, download.Bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(Patience);
        await _server.DisposeAsync();
    }
}

/// <summary>The bytes of a stream.</summary>
/// <param name="CodeBytes">Bytes of the codes.</param>
/// <param name="SocketBytes">Bytes on the subscriber's socket, both ways, framing of gRPC and HTTP/2 included.</param>
/// <param name="DownloadBytes">Bytes on the socket of the client that fetched the decoder.</param>
internal sealed record StreamFigures(long CodeBytes, long SocketBytes, long DownloadBytes)
{
    public double Ratio => (double)SocketBytes / CodeBytes;
}
