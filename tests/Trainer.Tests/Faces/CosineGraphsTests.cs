using Codec.Datasets;
using Codec.Images;
using Codec.Onnx;
using Codec.Trainer.Faces;
using Codec.Trainer.LinearCodes;
using Codec.Transforms;

namespace Trainer.Tests.Faces;

/// <summary>
/// Proves that the graphs compute the components' projections and reconstructions, within the rounding errors of int8 weights.
/// </summary>
public sealed class CosineGraphsTests
{
    // More latents than those with float weights, so that both kinds of weights occur.
    private const int Side = 12,
        Frequencies = 6,
        Latents = 80;

    private static readonly ImageGeometry Geometry = new(Side, Side, 3, 1, 0);
    private readonly ImageSet _images = TinyImages.Create(train: 200, side: Side).Train;

    [Theory]
    [InlineData(20, 1e-2)]
    [InlineData(Latents, 3)]
    public void Encoder_AnyImage_GivesTheComponentsLatents(int latents, double tolerance)
    {
        PrincipalComponents components = PrincipalComponents.FitSmooth(_images, latents, Frequencies);
        LinearPair pair = components.ToPair(latents, scale: 1, offset: 0);
        float[] given = Run(
            new CosineGraphs(components, Frequencies, Geometry).Encoder(),
            "encoder",
            GraphSignature.Encoder(Geometry, latents),
            Pixels(),
            latents
        );
        for (int k = 0; k < latents; k++)
        {
            double expected = pair.EncoderBias[k];
            for (int i = 0; i < pair.Samples; i++)
                expected += (double)pair.EncoderWeights[k * pair.Samples + i] * Pixels()[i];
            Assert.Equal(expected, given[k], tolerance);
        }
    }

    [Theory]
    [InlineData(20, 1e-2)]
    [InlineData(Latents, 2)]
    public void Decoder_AnyLatents_GivesTheComponentsSum(int latents, double tolerance)
    {
        PrincipalComponents components = PrincipalComponents.FitSmooth(_images, latents, Frequencies);
        var random = new Random(4);
        float[] values =
        [
            .. components.Variances.Select(variance =>
                (float)((random.NextDouble() - 0.5) * 3 * Math.Sqrt(variance) + random.NextDouble())
            ),
        ];
        float[] pixels = Run(
            new CosineGraphs(components, Frequencies, Geometry).Decoder(),
            "head image",
            GraphSignature.Decoder(latents, Geometry),
            values,
            Geometry.Samples
        );
        for (int i = 0; i < pixels.Length; i++)
        {
            double expected = components.Mean[i];
            for (int k = 0; k < latents; k++)
                expected += (double)components.Basis[k * components.Samples + i] * values[k];
            Assert.Equal(expected, pixels[i], tolerance);
        }
    }

    private float[] Pixels() => [.. _images[5].ToArray().Select(sample => (float)sample)];

    private static float[] Run(byte[] blob, string role, GraphSignature signature, float[] input, int length)
    {
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, OnnxGraph.Parse(blob, role, signature));
        var output = new float[length];
        runtime.Run(input, 1, output);
        return output;
    }
}
