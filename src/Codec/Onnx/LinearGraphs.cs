using Codec.Images;
using Codec.Models;

namespace Codec.Onnx;

/// <summary>Writes the two graphs of a linear model as ONNX files.</summary>
internal static class LinearGraphs
{
    /// <summary>Writes an encoder: latents = pixels · weightsᵀ + bias. For principal components, bias = −mean · weightsᵀ.</summary>
    /// <param name="weights">[K, samples], row-major: one row for each latent.</param>
    /// <param name="bias">[K], in the latents' unit.</param>
    /// <param name="input">Shape and scaling of the images.</param>
    /// <returns>The ONNX file's bytes.</returns>
    /// <exception cref="ArgumentException">weights is not K × samples long, or the sizes exceed <see cref="ModelLimits"/>.</exception>
    public static byte[] Encoder(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ImageGeometry input)
    {
        CheckLength(weights.Length, bias.Length, input, nameof(weights));
        var graph = OnnxGraphBuilder.Encoder(input, bias.Length);
        return graph.Build(Analysis(graph, graph.Constant(weights, bias.Length, input.Samples), bias));
    }

    /// <summary>Writes an encoder with int8 rows, a quarter of the bytes: latents = pixels · (rows · scale)ᵀ + bias.</summary>
    /// <param name="rows">[K, samples], row-major: one row for each latent.</param>
    /// <param name="scales">[K]: the value of one unit of each row.</param>
    /// <param name="bias">[K], in the latents' unit.</param>
    /// <param name="input">Shape and scaling of the images.</param>
    /// <returns>The ONNX file's bytes.</returns>
    /// <exception cref="ArgumentException">
    /// rows is not K × samples long, scales and bias differ in length, or the sizes exceed <see cref="ModelLimits"/>.
    /// </exception>
    public static byte[] Encoder(ReadOnlySpan<sbyte> rows, ReadOnlySpan<float> scales, ReadOnlySpan<float> bias, ImageGeometry input)
    {
        CheckLength(rows.Length, scales.Length, input, nameof(rows));
        if (bias.Length != scales.Length)
        {
            throw new ArgumentException(
                $"{bias.Length} biases do not fit {scales.Length} scales; give one bias and one scale for each latent.",
                nameof(bias)
            );
        }

        var graph = OnnxGraphBuilder.Encoder(input, scales.Length);
        return graph.Build(Analysis(graph, graph.DequantizeLinear(graph.Constant(rows, scales.Length, input.Samples), scales), bias));
    }

    /// <summary>Writes a decoder: pixels = latents · rows + mean.</summary>
    /// <param name="rows">[K, samples], row-major: one row for each latent, in the pixels' unit (byte · scale + offset).</param>
    /// <param name="mean">[samples], in the pixels' unit.</param>
    /// <param name="output">Shape and scaling of the images.</param>
    /// <returns>The ONNX file's bytes.</returns>
    /// <exception cref="ArgumentException">
    /// rows is not a multiple of the samples, mean is not samples long, or the sizes exceed <see cref="ModelLimits"/>.
    /// </exception>
    public static byte[] Decoder(ReadOnlySpan<float> rows, ReadOnlySpan<float> mean, ImageGeometry output)
    {
        int latents = rows.Length / Math.Max(mean.Length, 1);
        CheckLength(rows.Length, latents, output, nameof(rows));
        var graph = OnnxGraphBuilder.Decoder(latents, output);
        return graph.Build(Synthesis(graph, graph.Constant(rows, latents, output.Samples), mean, output));
    }

    /// <summary>Writes a decoder with int8 rows, a quarter of the bytes: pixels = latents · (rows · scale) + mean.</summary>
    /// <param name="rows">[K, samples], row-major: one row for each latent.</param>
    /// <param name="scales">[K]: the value of one unit of each row, in the pixels' unit (byte · scale + offset).</param>
    /// <param name="mean">[samples], in the pixels' unit.</param>
    /// <param name="output">Shape and scaling of the images.</param>
    /// <returns>The ONNX file's bytes.</returns>
    /// <exception cref="ArgumentException">
    /// rows is not K × samples long, mean is not samples long, or the sizes exceed <see cref="ModelLimits"/>.
    /// </exception>
    public static byte[] Decoder(ReadOnlySpan<sbyte> rows, ReadOnlySpan<float> scales, ReadOnlySpan<float> mean, ImageGeometry output)
    {
        CheckLength(rows.Length, scales.Length, output, nameof(rows));
        var graph = OnnxGraphBuilder.Decoder(scales.Length, output);
        return graph.Build(
            Synthesis(graph, graph.DequantizeLinear(graph.Constant(rows, scales.Length, output.Samples), scales), mean, output)
        );
    }

    private static OnnxValue Analysis(OnnxGraphBuilder graph, OnnxValue weights, ReadOnlySpan<float> bias) =>
        graph.Gemm(graph.Flatten(graph.Input), weights, graph.Constant(bias, bias.Length), transposed: true);

    private static OnnxValue Synthesis(OnnxGraphBuilder graph, OnnxValue rows, ReadOnlySpan<float> mean, ImageGeometry output)
    {
        if (mean.Length != output.Samples)
            throw new ArgumentException($"The mean has {mean.Length} samples; the image has {output.Samples}.", nameof(mean));
        OnnxValue flat = graph.Add(graph.MatMul(graph.Input, rows), graph.Constant(mean, mean.Length));
        return graph.Reshape(flat, output.Height, output.Width, output.Channels);
    }

    private static void CheckLength(int length, int latents, ImageGeometry image, string name)
    {
        if (latents < 1 || length != (long)latents * image.Samples)
        {
            throw new ArgumentException(
                $"{length} weights do not fit {latents} latents of {image.Samples} samples; give latents × samples.",
                name
            );
        }
    }
}
