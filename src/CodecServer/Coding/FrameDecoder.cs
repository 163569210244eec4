using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Server.Models;
using Codec.Server.Options;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>Decodes and checks frames, a bounded number at a time.</summary>
internal sealed class FrameDecoder(PixelMemory memory, IOptions<CodingOptions> options) : IDisposable
{
    /// <summary>
    /// Pixels whose codes are checked before the worker's place is given to whoever waits for it: a fraction of a second, unless one image
    /// has more.
    /// </summary>
    private const long PixelsPerTurn = 1 << 22;

    private readonly AdmissionGate _queue = new("The decoder's queue", options.Value.DecodeQueueLength);
    private readonly AdmissionGate _workers = new("The decoder", options.Value.Workers);

    /// <summary>Decodes every code of a frame.</summary>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="head">The decoder's name; empty means <c>image</c>.</param>
    /// <param name="wait">Whether to wait for a place in the queue (streams) or to be refused (unary calls).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RequestException">
    /// InvalidArgument: there is no such head, or the answer would be too large. ResourceExhausted: the queue or the room for pixels is
    /// full.
    /// </exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    public async Task<V1.DecodeResponse> DecodeAsync(
        ModelLease lease,
        ReadOnlyMemory<byte> frame,
        string head,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        string name = head.Length == 0 ? ModelManifest.ImageHead : head;
        ModelManifest manifest = lease.Model.Manifest;
        HeadEntry entry =
            manifest.Heads.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw RequestException.Invalid(
                "head",
                $"{manifest.Name} has no head '{name}'; it has: {string.Join(", ", manifest.Heads.Select(candidate => candidate.Name))}."
            );
        FrameReader reader = lease.Model.ReadFrame(frame);

        // Each code of a grid model says its size, but only when its turn comes.
        long bytes = lease.Model.IsFixedSize ? (long)reader.Remaining * entry.Output.Samples : options.Value.MaxDecodedBytes;
        RequireAnswer(bytes);
        using IDisposable place = await _queue.EnterAsync(wait, cancellationToken);
        using IDisposable room = await memory.EnterAsync(bytes / entry.Output.Channels, wait, cancellationToken);
        using IDisposable worker = await _workers.EnterAsync(wait: true, cancellationToken);
        return await Task.Run(() => Decode(reader, entry), CancellationToken.None);
    }

    /// <summary>Finds the codes of a frame, and checks each by decoding its symbols; waits for its turn.</summary>
    /// <exception cref="RequestException">InvalidArgument: an image has too many pixels.</exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    public async Task<FrameCodes> SplitAsync(ModelLease lease, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        FrameReader reader = lease.Model.ReadFrame(frame);
        var codes = new List<ReadOnlyMemory<byte>>();
        using IDisposable place = await _queue.EnterAsync(wait: true, cancellationToken);
        while (reader.Remaining > 0)
        {
            using IDisposable worker = await _workers.EnterAsync(wait: true, cancellationToken);
            await Task.Run(() => Split(reader, codes), CancellationToken.None);
        }

        return new FrameCodes(reader.Quality, codes, reader.ReadInfo());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Dispose();
        _workers.Dispose();
    }

    /// <summary>Decodes image by image, each only when it is known that its pixels fit the answer.</summary>
    private V1.DecodeResponse Decode(FrameReader reader, HeadEntry head)
    {
        var response = new V1.DecodeResponse();
        long bytes = 0;
        while (reader.Remaining > 0)
        {
            bytes += PeekPixels(reader, head.Name) * head.Output.Channels;
            RequireAnswer(bytes);
            Raster image = reader.ReadImage(head.Name);
            response.Images.Add(
                new V1.Pixels
                {
                    Width = image.Width,
                    Height = image.Height,
                    Channels = image.Channels,
                    Data = UnsafeByteOperations.UnsafeWrap(image.Samples),
                }
            );
        }

        return response;
    }

    private void Split(FrameReader reader, List<ReadOnlyMemory<byte>> codes)
    {
        for (long pixels = 0; reader.Remaining > 0 && pixels < PixelsPerTurn; )
        {
            pixels += PeekPixels(reader, ModelManifest.ImageHead);
            codes.Add(reader.ReadCode());
        }
    }

    private long PeekPixels(FrameReader reader, string head)
    {
        ImageSize size = reader.PeekSize(head);
        return size.Pixels <= options.Value.MaxImagePixels
            ? size.Pixels
            : throw RequestException.Invalid(
                "frame",
                $"an image has {size} pixels; at most {options.Value.MaxImagePixels} in all are allowed."
            );
    }

    private void RequireAnswer(long bytes)
    {
        if (bytes > options.Value.MaxDecodedBytes)
        {
            throw RequestException.Invalid(
                "frame",
                $"its images have {bytes} bytes or more; one answer has at most {options.Value.MaxDecodedBytes}. Send fewer codes in a frame, or decode locally."
            );
        }
    }
}
