using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;

namespace Codec.Tool.Offline;

/// <summary>Reads a code file or a model file, and counts what takes its bytes.</summary>
internal static class FileInspector
{
    // A zip archive's first bytes. A frame begins with its format, 0x1_.
    private static ReadOnlySpan<byte> ZipSignature => "PK"u8;

    /// <summary>Inspects a file.</summary>
    public static Inspection Inspect(string path, LocalModels models)
    {
        using FileStream file = File.OpenRead(InputFile.Require(path));
        if (!file.CanSeek)
            throw new ArgumentException($"{path} is a pipe; name a file.");
        Span<byte> start = stackalloc byte[2];
        return file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual(ZipSignature)
            ? InspectModel(path, file)
            : InspectFrame(path, CodecFile.Load(path), models);
    }

    private static Inspection InspectModel(string path, FileStream file)
    {
        file.Position = 0;
        ModelPackage package = ModelPackage.Load(file);
        ModelManifest manifest = package.Manifest;
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        List<FilePart> parts = [new("manifest", package.ManifestBytes.Length), new("encoder", manifest.Encoder.Size)];
        foreach (HeadEntry head in manifest.Heads)
        {
            parts.Add(new FilePart($"head {head.Name}", head.Graph.Size));
            if (head.Filter is { } filter)
                parts.Add(new FilePart($"filter of {head.Name}", filter.Size));
        }

        parts.Add(new FilePart("prior", manifest.Prior.Size));
        parts.Add(new FilePart("golden image", manifest.Golden.Image.Size));
        return new Inspection(path, "model", file.Length, package.Version.Hex, manifest.Name, parts)
        {
            Qualities = manifest.Qualities.Count,
            Sizes = model.TakenSizes,
            Provenance = manifest.Provenance,
        };
    }

    private static Inspection InspectFrame(string path, byte[] file, LocalModels models)
    {
        FrameHeader header = CodeFrame.ReadHeader(file);
        (int codesStart, int codesLength) = header.Codes.GetOffsetAndLength(file.Length);
        (_, int infoLength) = header.Info.GetOffsetAndLength(file.Length);
        int digest = header.Version is null ? 0 : header.Version.Value.ToBytes().Length;
        List<FilePart> parts = [new("header", codesStart - infoLength - digest)];
        if (digest > 0)
            parts.Add(new FilePart("version", digest));
        if (infoLength > 0)
            parts.Add(new FilePart("keys, times and headers", infoLength));
        CodecModel? model = header.Version is { } version ? models.Find(version) : null;
        IReadOnlyList<InspectedCode>? codes = model is null ? null : ReadCodes(model, file);
        if (codes is null)
            parts.Add(new FilePart($"codes ({header.Count})", codesLength));
        else
            parts.AddRange(codes.Select((code, i) => new FilePart($"code {i + 1}, {code.Width}×{code.Height}", code.Bytes)));
        if (header.HasChecksum)
            parts.Add(new FilePart("checksum", file.Length - codesStart - codesLength));
        return new Inspection(path, "frame", file.Length, header.Version?.Hex, model?.Manifest.Name, parts)
        {
            Quality = header.Quality,
            Codes = codes,
        };
    }

    private static List<InspectedCode> ReadCodes(CodecModel model, byte[] file)
    {
        FrameCodes frame = model.SplitFrame(file);
        var codes = new List<InspectedCode>(frame.Codes.Count);
        for (int i = 0; i < frame.Codes.Count; i++)
        {
            ImageSize size = model.ReadSize(frame.Codes[i].Span);
            codes.Add(new InspectedCode(frame.Codes[i].Length, size.Width, size.Height, frame.Info[i].Key, frame.Info[i].CapturedAt));
        }

        return codes;
    }
}
