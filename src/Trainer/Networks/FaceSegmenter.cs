using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Networks;

/// <summary>A linear code with two heads: <c>image</c> gives the face back, <c>mask</c> says which region each pixel belongs to.</summary>
/// <remarks>
/// The mask head adds up two opinions: of a decoder, which sees the whole face in the code and where its regions must lie, and of an
/// hourglass
/// over the restored image, which sees their edges. The code itself is that of the image: the mask costs it nothing.
/// </remarks>
internal sealed class FaceSegmenter : CodecNetwork
{
    /// <summary>The head that gives regions.</summary>
    public const string MaskHead = "mask";

    /// <summary>How far the grey levels of two regions lie apart in a mask: <see cref="FaceRegion"/> times this.</summary>
    public const int GreyStep = 100;

    /// <summary>Number of regions.</summary>
    public static readonly int Regions = Enum.GetValues<FaceRegion>().Length;

    // Larger than one over any difference of scores that matters, small enough to keep the product a float.
    private const float Steepness = 1e12f;

    private readonly DenseAutoencoder linear;
    private readonly ConvolutionalDecoder layout;
    private readonly Hourglass edges;
    private readonly Tensor deviations;

    /// <summary>Builds the network; its mask head knows nothing yet.</summary>
    /// <param name="input">Shape and scaling of the images; sides are multiples of 8.</param>
    /// <param name="code">The linear code; held fast.</param>
    /// <param name="deviations">[K]: of the code's latents over the images to come, above 0.</param>
    /// <exception cref="ArgumentException">Width or height is no multiple of 8.</exception>
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

    /// <summary>A mask's pixels: the region's number in the graph, <see cref="GreyStep"/> times that as a byte.</summary>
    public ImageGeometry MaskGeometry => new(Input.Width, Input.Height, 1, 1f / GreyStep, 0);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, ImageGeometry> Heads =>
        new Dictionary<string, ImageGeometry> { [ModelManifest.ImageHead] = Input, [MaskHead] = MaskGeometry };

    public override Tensor encode(Tensor x) => linear.encode(x); // [B, D] -> [B, K]

    public override Tensor decode(Tensor latents, string head) => // [B, K] -> [B, D] or [B, H·W]
        head == MaskHead ? scores(latents).argmax(2).to(float32) : linear.decode(latents, head);

    /// <summary>How much speaks for each region at each pixel.</summary>
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

    /// <summary>Writes the index of the largest score: [N, H, W, regions] → [N, H, W, 1].</summary>
    /// <remarks>
    /// In turn for each region: where its score is above the largest so far (a step, clipped from a steep line), its index replaces that
    /// one's.
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
