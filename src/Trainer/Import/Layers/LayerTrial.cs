using Codec.Errors;
using Codec.Images;
using Codec.Onnx;
using Codec.Transforms;
using Microsoft.ML.OnnxRuntime;

namespace Codec.Trainer.Import.Layers;

/// <summary>Tries a layer: imports its file, and compares what ONNX Runtime computes from the original and from the import.</summary>
internal static class LayerTrial
{
    private const int Batch = 3;
    private const double Tolerance = 1e-4;

    /// <summary>Tries a layer.</summary>
    /// <returns>Null if the import computes what the original does; otherwise the reason why not.</returns>
    public static string? Run(CommonLayer layer)
    {
        byte[] original = layer.Export();
        try
        {
            var file = ExportedFile.Parse(original, "encoder");
            var shape = ImageShape.Of(file, layout: null, size: null);
            ImportedGraph graph = GraphImport.Run(file, shape.Sizes);
            var geometry = new ImageGeometry(shape.Width, shape.Height, shape.Channels, 1, 0);
            int latents = (int)OnnxShape.Batched(graph.OutputShape).Elements;
            OnnxGraphBuilder builder = OnnxGraphBuilder.Encoder(geometry, latents);
            // The network's own order, so that the original takes the same floats.
            OnnxValue pixels = builder.Reshape(builder.Input, shape.Sizes);
            byte[] imported = builder.Build(builder.Flatten(graph.AppendTo(builder, pixels)));
            using var run = new NetworkRun(
                OnnxNetworkRuntime.Instance,
                OnnxGraph.Parse(imported, "encoder", GraphSignature.Encoder(geometry, latents))
            );
            var random = new Random(7);
            float[] input = [.. Enumerable.Range(0, Batch * geometry.Samples).Select(_ => random.NextSingle() * 2 - 1)];
            var output = new float[Batch * latents];
            run.Run(input, Batch, output);
            float[] expected = RunOriginal(original, file.Input, input, shape.Sizes);
            double difference =
                expected.Length == output.Length ? expected.Zip(output).Max(pair => Math.Abs(pair.First - pair.Second)) : double.NaN;
            return difference <= Tolerance ? null : $"its result differs by {difference}";
        }
        catch (InvalidModelException exception)
        {
            return exception.Problem;
        }
    }

    private static float[] RunOriginal(byte[] file, string name, float[] input, int[] sizes)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(file, options);
        using var value = OrtValue.CreateTensorValueFromMemory(input, [Batch, .. sizes.Select(side => (long)side)]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [name], [value], session.OutputNames);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
