using Codec.Onnx;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>The activation between the convolutional networks' layers: x if x ≥ 0, else x / 10.</summary>
internal static class LeakyRectifier
{
    private const float Slope = 0.1f;

    public static Tensor Rectify(this Tensor x) => functional.leaky_relu(x, Slope);

    public static OnnxValue Rectify(this OnnxGraphBuilder graph, OnnxValue x) => graph.LeakyRelu(x, Slope);
}
