using Codec.Onnx;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>What stands between the convolutional networks' layers: x where x ≥ 0, a tenth of x elsewhere.</summary>
internal static class LeakyRectifier
{
    private const float Slope = 0.1f;

    public static Tensor Rectify(this Tensor x) => functional.leaky_relu(x, Slope);

    public static OnnxValue Rectify(this OnnxGraphBuilder graph, OnnxValue x) => graph.LeakyRelu(x, Slope);
}
