using System.Globalization;
using Codec.Bench.Report;
using Codec.Frames;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>Compares the bytes of a small face in a stream's frames with WebP files.</summary>
internal static class FaceFigures
{
    private const int CodesPerFrame = 64;

    private static readonly (string Name, double Decibels)[] Targets = [("25.6dB", 25.6), ("30.9dB", 30.9)];

    /// <summary>Measures <c>faces-64</c>. If a PSNR is outside a curve, or the model file is missing, there is no figure.</summary>
    public static IEnumerable<Figure> Measure(
        IAnsiConsole console,
        string modelFile,
        IReadOnlyList<Raster> faces,
        CancellationToken cancellationToken
    )
    {
        if (!File.Exists(modelFile))
        {
            console.WriteLine($"No figures of faces-64: the model file {modelFile} does not exist (--faces-model names another).");
            yield break;
        }

        using ModelCodec codec = ModelCodec.Load(modelFile);
        console.WriteLine(Text($"{faces.Count} faces of held-out people…"));
        var ours = new RateCurve(codec.Qualities.Select(quality => Point(codec, faces, quality)));
        CodecCurve webp = CodecCurve.Measure(Peer.Webp, faces, Judgement.Plain, cancellationToken);
        foreach ((string name, double decibels) in Targets)
        {
            if (!ours.Covers(decibels) || !webp.Rate.Covers(decibels))
            {
                console.WriteLine(
                    Text(
                        $"No faces64.bytes@{name}: ours covers {ours.Lowest:0.00} to {ours.Highest:0.00} dB, WebP {webp.Rate.Lowest:0.00} to {webp.Rate.Highest:0.00}."
                    )
                );
                continue;
            }

            double bytes = ours.BytesAt(decibels),
                theirs = webp.Rate.BytesAt(decibels);
            yield return new Figure(
                $"faces64.bytes@{name}",
                bytes,
                "bytes",
                Text($"WebP: {theirs:0.0}, {theirs / bytes:0.00} times"),
                bytes / theirs
            );
        }
    }

    /// <summary>Measures a model at a quality: bytes of an image in the frames of a stream, and PSNR over all images.</summary>
    public static (double Bytes, double Decibels) Point(ModelCodec codec, IReadOnlyList<Raster> faces, int quality)
    {
        byte[][] codes = [.. faces.AsParallel().AsOrdered().Select(face => codec.EncodeCode(face, quality))];
        long bytes = 0;
        var psnr = new Psnr();
        int i = 0;
        foreach (byte[][] chunk in codes.Chunk(CodesPerFrame))
        {
            byte[] frame = CodeFrame.Write(quality, [.. chunk.Select(code => (ReadOnlyMemory<byte>)code)]);
            bytes += frame.Length;
            foreach (Raster face in codec.Model.DecodeFrame(frame))
                psnr.Add(faces[i++].Samples, face.Samples);
        }

        return ((double)bytes / faces.Count, psnr.Decibels);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
