using Codec;
using Codec.Models;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;

namespace Trainer.Tests.Models;

/// <summary>Runs a model's graphs in ONNX Runtime, without a quantizer between them, and compares the result with the network's.</summary>
internal static class GraphRun
{
    /// <summary>Computes the largest difference between the outputs of a network's head and of the model's, over images.</summary>
    public static double LargestDifference(CodecNetwork network, ModelPackage package, Codec.Datasets.ImageSet images, string head)
    {
        using var scope = torch.NewDisposeScope();
        using var frozen = torch.no_grad();
        using CodecModel model = CodecModel.Load(package);
        HeadEntry entry = package.Manifest.GetHead(head);
        float[] latents = model.Analyze(images.ReadAll());
        using var session = new InferenceSession(package.Blobs[entry.Graph.Digest].ToArray());
        using var pixels = session.Run([
            NamedOnnxValue.CreateFromTensor("latents", new DenseTensor<float>(latents, [images.Count, package.Manifest.Latents])),
        ]);
        torch.Tensor restored = torch.from_array(pixels[0].AsTensor<float>().ToArray()).reshape(images.Count, entry.Output.Samples);

        network.eval();
        torch.Tensor expected = network.decode(network.encode(images.ToTensor(network.Input.Scale, network.Input.Offset)), head);
        return restored.sub(expected.reshape(images.Count, entry.Output.Samples)).abs().max().item<float>();
    }
}
