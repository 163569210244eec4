using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Networks;

/// <summary>A linear code with two heads: <c>image</c> restores the face, <c>mask</c> outputs the region of each pixel.</summary>
/// <remarks>
/// The mask head adds two scores: that of a decoder, which covers the whole face, and that of an hourglass over the restored image, which
/// locates edges. The code is that of the image alone, so the mask adds no bytes.
/// </remarks>
internal sealed class FaceSegmenter : CodecNetwork
{
    /// <summary>Name of the head that outputs regions.</summary>
    public const string MaskHead = "mask";

    /// <summary>The grey level of a region in a mask is <see cref="FaceRegion"/> times this.</summary>
    public const int GreyStep = 100;

    /// <summary>The number of regions.</summary>
    public static readonly int Regions = Enum.GetValues<FaceRegion>().Length;

    // Multiplied by any relevant difference of scores it exceeds 1; multiplied by any difference it does not overflow a float.
    private const float Steepness = 1e12f;

    private readonly DenseAutoencoder linear;
    private readonly ConvolutionalDecoder layout;
    private readonly Hourglass edges;
    private readonly Tensor deviations;

    /// <summary>Builds the network with an untrained mask head.</summary>
    /// <param name="input">Shape and scaling of the images; sides are multiples of 8.</param>
    /// <param name="code">The linear code; frozen.</param>
    /// <param name="deviations">[K]: the deviations of the code's latents over the training images, above 0.</param>
    /// <exception cref="ArgumentException">Width or height is not a multiple of 8.</exception>
    public FaceSegmenter(ImageGeometry input, LinearPair code, float[] deviations)
        : base(nameof(FaceSegmenter), input, code.Latents)
    {
        linear = new DenseAutoencoder(input, code.Latents);
        linear.StartFrom(code);
        foreach (Parameter parameter in linear.parameters())
            parameter.requires_grad = false;
        layout = new ConvolutionalDecoder(
            PatchGrid.Of(input with { Channels = Regions }, side: 4, halvings: 1),
            ConvolutionalWidths.Photographs,
            code.Latents
        );
        edges = new Hourglass(input, Regions);
        this.deviations = deviations.ToTensor(deviations.Length);
        RegisterComponents();
    }

    /// <summary>
    /// Shape and scaling of a mask: a pixel's float is the region's number, and its byte is <see cref="GreyStep"/> times that.
    /// </summary>
    public ImageGeometry MaskGeometry => new(Input.Width, Input.Height, 1, 1f / GreyStep, 0);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, ImageGeometry> Heads =>
        new Dictionary<string, ImageGeometry> { [ModelManifest.ImageHead] = Input, [MaskHead] = MaskGeometry };

    public override Tensor encode(Tensor x) => linear.encode(x); // [B, D] -> [B, K]

    public override Tensor decode(Tensor latents, string head) => // [B, K] -> [B, D] or [B, H·W]
        head == MaskHead ? scores(latents).argmax(2).to(float32) : linear.decode(latents, head);

    /// <summary>The score of each region at each pixel; the largest wins.</summary>
    public Tensor scores(Tensor latents) // [B, K]
    {
        Tensor sum = layout.forward(latents.div(deviations)).add(edges.forward(linear.decode(latents, ModelManifest.ImageHead)));
        return sum.reshape(latents.shape[0], -1, Regions); // [B, H·W, regions]
    }

    /// <inheritdoc/>
    public override OnnxValue BuildEncoder(OnnxGraphBuilder graph) => linear.BuildEncoder(graph);

    /// <inheritdoc/>
    public override OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head)
    {
        OnnxValue image = linear.BuildHead(graph, latents, head);
        if (head != MaskHead)
            return image;
        OnnxValue fromCode = layout.Build(graph, graph.Div(latents, graph.Constant(deviations)));
        return BuildLargest(graph, graph.Add(fromCode, edges.Build(graph, image)));
    }

    /// <summary>Adds operators that compute the index of the largest score: [N, H, W, regions] → [N, H, W, 1].</summary>
    /// <remarks>
    /// One region after the other: where its score exceeds the largest so far, its index replaces the previous index. The comparison is a
    /// steep line clipped to 0..1.
    /// </remarks>
    private static OnnxValue BuildLargest(OnnxGraphBuilder graph, OnnxValue scores)
    {
        const int Axis = 3;
        OnnxValue largest = graph.Slice(scores, Axis, 0, 1),
            index = graph.Mul(largest, graph.Constant([0f]));
        for (int region = 1; region < Regions; region++)
        {
            OnnxValue above = graph.Sub(graph.Slice(scores, Axis, region, region + 1), largest);
            OnnxValue step = graph.Clip(graph.Mul(above, graph.Constant([Steepness])), 0, 1);
            index = graph.Add(index, graph.Mul(step, graph.Sub(graph.Constant([(float)region]), index)));
            largest = graph.Add(largest, graph.Relu(above));
        }

        return index;
    }
}
