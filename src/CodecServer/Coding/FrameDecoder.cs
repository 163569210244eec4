using Codec.Server.Models;
using Codec.Server.Options;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>Decodes and checks frames, a bounded number at a time.</summary>
internal sealed class FrameDecoder(IOptions<CodingOptions> options) : IDisposable
{
    private readonly AdmissionGate _queue = new("The decoder's queue", options.Value.DecodeQueueLength);
    private readonly AdmissionGate _workers = new("The decoder", options.Value.Workers);

    /// <summary>Decodes every code of a frame.</summary>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="head">The decoder's name; empty means <c>image</c>.</param>
    /// <param name="wait">Whether to wait for a place in the queue (streams) or to be refused (unary calls).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RequestException">InvalidArgument: there is no such head, or the answer would be too large. ResourceExhausted: the queue is full.</exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    public Task<V1.DecodeResponse> DecodeAsync(
        ModelLease lease, ReadOnlyMemory<byte> frame, string head, bool wait, CancellationToken cancellationToken)
    {
        string name = head.Length == 0 ? ModelManifest.ImageHead : head;
        ModelManifest manifest = lease.Model.Manifest;
        HeadEntry entry = manifest.Heads.FirstOrDefault(candidate => candidate.Name == name) ?? throw RequestException.Invalid(
            "head", $"{manifest.Name} has no head '{name}'; it has: {string.Join(", ", manifest.Heads.Select(candidate => candidate.Name))}.");
        return RunAsync(() => Decode(lease.Model, frame, entry), wait, cancellationToken);
    }

    /// <summary>Finds the codes of a frame, and checks each by decoding its symbols; waits for its turn.</summary>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    public Task<FrameCodes> SplitAsync(ModelLease lease, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        RunAsync(() => lease.Model.SplitFrame(frame), wait: true, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Dispose();
        _workers.Dispose();
    }

    /// <summary>Decodes image by image, each only when it is known that its pixels fit the answer.</summary>
    private V1.DecodeResponse Decode(CodecModel model, ReadOnlyMemory<byte> frame, HeadEntry head)
    {
        var response = new V1.DecodeResponse();
        FrameReader reader = model.ReadFrame(frame);
        long bytes = 0;
        while (reader.Remaining > 0)
        {
            bytes += reader.PeekSize(head.Name).Pixels * head.Output.Channels;
            if (bytes > options.Value.MaxDecodedBytes)
            {
                throw RequestException.Invalid(
                    "frame", $"its images have {bytes} bytes or more; one answer has at most {options.Value.MaxDecodedBytes}. Send fewer codes in a frame, or decode locally.");
            }

            Raster image = reader.ReadImage(head.Name);
            response.Images.Add(new V1.Pixels
            {
                Width = image.Width,
                Height = image.Height,
                Channels = image.Channels,
                Data = UnsafeByteOperations.UnsafeWrap(image.Samples),
            });
        }

        return response;
    }

    private async Task<T> RunAsync<T>(Func<T> work, bool wait, CancellationToken cancellationToken)
    {
        using IDisposable place = await _queue.EnterAsync(wait, cancellationToken);
        using IDisposable worker = await _workers.EnterAsync(wait: true, cancellationToken);
        return await Task.Run(work, CancellationToken.None);
    }
}
