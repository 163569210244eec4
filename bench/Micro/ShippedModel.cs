using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Quantization;
using Codec.Tests.Shared;

namespace Codec.Micro;

/// <summary>The parts of a shipped model, at its middle quality.</summary>
internal sealed class ShippedModel : IDisposable
{
    private readonly ModelPackage _package;

    public ShippedModel(string name)
    {
        _package = ModelPackage.Load(Repository.PathOf("models", $"{name}.codec"));
        Model = CodecModel.Load(_package);
        Quality = Model.Manifest.Qualities.Count / 2;
        Prior = Prior.Parse(_package.Require(Model.Manifest.Prior, "prior").Span);
        Dequantizer = new Dequantizer(Prior, Quality, Model.Manifest.Qualities[Quality]);
    }

    public CodecModel Model { get; }

    public int Quality { get; }

    public Prior Prior { get; }

    public Dequantizer Dequantizer { get; }

    /// <summary>The image head's geometry.</summary>
    public ImageGeometry Output => Model.Manifest.GetHead(ModelManifest.ImageHead).Output;

    /// <summary>The blob of a part of the image head.</summary>
    public ReadOnlyMemory<byte> Require(BlobEntry blob) => _package.Require(blob, "part");

    /// <summary>A generated RGB image, the same in every run.</summary>
    public static byte[] Image(int width, int height) => SmallGrid.Image(width, height, seed: 1);

    /// <summary>The image head's checked graph.</summary>
    public OnnxGraph Graph()
    {
        ModelManifest manifest = Model.Manifest;
        HeadEntry head = manifest.GetHead(ModelManifest.ImageHead);
        return OnnxGraph.Parse(Require(head.Graph), "head image", GraphSignature.Decoder(manifest.GraphLatents, head.Output));
    }

    public void Dispose() => Model.Dispose();
}
