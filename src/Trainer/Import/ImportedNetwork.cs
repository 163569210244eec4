using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Networks;
using Codec.Transforms;
using static TorchSharp.torch;

namespace Codec.Trainer.Import;

/// <summary>A network of two imported graphs. ONNX Runtime computes it, so it is not trained further.</summary>
internal sealed class ImportedNetwork : CodecNetwork
{
    private readonly ImageShape _images;
    private readonly ImportedGraph _encoder;
    private readonly ImportedGraph _decoder;
    private readonly NetworkRun _encode;
    private readonly NetworkRun _decode;

    private ImportedNetwork(ImageShape images, ImageGeometry input, int latents, ImportedGraph encoder, ImportedGraph decoder)
        : base(nameof(ImportedNetwork), input, latents)
    {
        (_images, _encoder, _decoder) = (images, encoder, decoder);
        OnnxGraphBuilder encoding = OnnxGraphBuilder.Encoder(input, latents),
            decoding = OnnxGraphBuilder.Decoder(latents, input);
        byte[] encoderFile = encoding.Build(BuildEncoder(encoding)),
            decoderFile = decoding.Build(BuildHead(decoding, decoding.Input, ModelManifest.ImageHead));
        _encode = Open(encoderFile, "encoder", GraphSignature.Encoder(input, latents));
        _decode = Open(decoderFile, "decoder", GraphSignature.Decoder(latents, input));
    }

    /// <summary>Imports an encoder and a decoder.</summary>
    /// <param name="encoder">The encoder: images → latents of any shape.</param>
    /// <param name="decoder">The decoder: latents → images of the encoder's size.</param>
    /// <param name="images">The encoder's images.</param>
    /// <param name="scale">A byte b is b · scale + offset for the network.</param>
    /// <param name="offset">See <paramref name="scale"/>.</param>
    /// <param name="latents">The encoder's output to take; null for the only one.</param>
    /// <exception cref="InvalidModelException">A part is refused, or the two do not fit together.</exception>
    public static ImportedNetwork Create(
        ExportedFile encoder,
        ExportedFile decoder,
        ImageShape images,
        float scale,
        float offset,
        string? latents = null
    )
    {
        ImportedGraph analysis = GraphImport.Run(encoder, images.Sizes, latents);
        int count = checked((int)OnnxShape.Batched(analysis.OutputShape).Elements);
        if (count > ModelLimits.MaxLatents)
        {
            throw new InvalidModelException(
                encoder.Role,
                $"it gives {count} latents an image, [N, {string.Join(", ", analysis.OutputShape)}]; at most {ModelLimits.MaxLatents} are allowed. "
                    + "Import it for smaller images, or with fewer channels."
            );
        }

        ImportedGraph synthesis = GraphImport.Run(decoder, Bind(decoder, analysis.OutputShape, count));
        return new ImportedNetwork(
            images,
            new ImageGeometry(images.Width, images.Height, images.Channels, scale, offset),
            count,
            analysis,
            synthesis
        );
    }

    public override Tensor encode(Tensor x) => Run(_encode, x, Latents); // [B, D] -> [B, K]

    public override Tensor decode(Tensor latents, string head) => Run(_decode, latents, Input.Samples); // [B, K] -> [B, D]

    /// <inheritdoc/>
    public override OnnxValue BuildEncoder(OnnxGraphBuilder graph)
    {
        OnnxValue latents = _encoder.AppendTo(graph, _images.FromPixels(graph, graph.Input));
        return _encoder.OutputShape.Length == 1 ? latents : graph.Flatten(latents);
    }

    /// <inheritdoc/>
    public override OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head)
    {
        OnnxValue input = _decoder.InputShape.Length == 1 ? latents : graph.Reshape(latents, _decoder.InputShape);
        return _images.ToPixels(graph, _decoder.AppendTo(graph, input), _decoder.OutputShape);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _encode.Dispose();
            _decode.Dispose();
        }

        base.Dispose(disposing);
    }

    private static NetworkRun Open(byte[] file, string role, GraphSignature signature) =>
        new(OnnxNetworkRuntime.Instance, OnnxGraph.Parse(file, role, signature));

    private static Tensor Run(NetworkRun run, Tensor input, int length)
    {
        int batch = (int)input.shape[0];
        var output = new float[batch * length];
        using (Tensor plain = input.detach().to(float32).contiguous())
            run.Run([.. plain.data<float>()], batch, output);
        return from_array(output).reshape(batch, length);
    }

    /// <summary>Binds the decoder's free sides to those of the latents, or lists the latents where it declares one side.</summary>
    private static int[] Bind(ExportedFile decoder, int[] latents, int count)
    {
        IReadOnlyList<long?> declared = decoder.InputShape;
        bool fits = declared.Count == latents.Length && declared.Zip(latents).All(pair => pair.First is null || pair.First == pair.Second);
        if (fits)
            return latents;
        if (declared.All(side => side is not null) && declared.Aggregate(1.0, (product, side) => product * side!.Value) == count)
            return [.. declared.Select(side => (int)side!.Value)];
        throw new InvalidModelException(
            decoder.Role,
            $"the input '{decoder.Input}' is [N, {string.Join(", ", declared.Select(side => side is { } known ? $"{known}" : "free"))}]; "
                + $"the encoder's latents are [N, {string.Join(", ", latents)}]."
        );
    }
}
