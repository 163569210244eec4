using Codec.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Networks;

/// <summary>Adds Torch's layers to graphs, with their current weights.</summary>
internal static class GraphLayers
{
    /// <summary>[N, …] → [N, out].</summary>
    public static OnnxValue Dense(this OnnxGraphBuilder graph, OnnxValue x, Linear layer) =>
        graph.Gemm(x, graph.Constant(layer.weight!), graph.Constant(layer.bias!), transposed: true);

    /// <summary>[N, in, H, W] → [N, out, H / stride, W / stride], with a kernel of 3 and a padding of 1.</summary>
    public static OnnxValue Convolution(this OnnxGraphBuilder graph, OnnxValue x, Conv2d layer, int stride = 1) =>
        graph.Conv(x, graph.Constant(layer.weight!), graph.Constant(layer.bias!), stride, padding: 1);

    /// <summary>[N, in, H, W] → [N, out, 2·H, 2·W], with a kernel of 4, a stride of 2 and a padding of 1.</summary>
    public static OnnxValue Doubling(this OnnxGraphBuilder graph, OnnxValue x, ConvTranspose2d layer) =>
        graph.ConvTranspose(x, graph.Constant(layer.weight!), graph.Constant(layer.bias!), stride: 2, padding: 1);

    /// <summary>Adds a tensor's current values as a constant.</summary>
    public static OnnxValue Constant(this OnnxGraphBuilder graph, Tensor values)
    {
        using Tensor plain = values.detach().contiguous();
        return graph.Constant([.. plain.data<float>()], [.. plain.shape.Select(side => (int)side)]);
    }
}
