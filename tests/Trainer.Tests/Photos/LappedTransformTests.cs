using Codec.Entropy;
using Codec.Images;
using Codec.Onnx;
using Codec.Quantization;
using Codec.Schemes.Grid;
using Codec.Simd;
using Codec.Trainer.Photos;
using Codec.Trainer.Priors;
using Codec.Transforms;

namespace Trainer.Tests.Photos;

public sealed class LappedTransformTests
{
    private static readonly double[,] Colours =
    {
        { 0.6, 0.64, 0.48 },
        { 0.8, -0.48, -0.36 },
        { 0, 0.6, -0.8 },
    };

    [Fact]
    public void Basis_RowsAndNeighbouringBlocks_AreOrthonormal()
    {
        double[,] basis = LappedTransform.Basis;
        for (int u = 0; u < basis.GetLength(0); u++)
        {
            // Bases of different divisions span the same functions, so only rows of one division are orthogonal.
            for (int v = u - u % LappedTransform.Stride; v < u - u % LappedTransform.Stride + LappedTransform.Stride; v++)
            {
                double same = 0,
                    next = 0;
                for (int n = 0; n < LappedTransform.Window; n++)
                    same += basis[u, n] * basis[v, n];
                for (int n = LappedTransform.Stride; n < LappedTransform.Window; n++)
                    next += basis[u, n] * basis[v, n - LappedTransform.Stride];
                Assert.Equal(u == v ? 1 : 0, same, 1e-12);
                Assert.Equal(0, next, 1e-12);
            }
        }
    }

    [Fact]
    public void Basis_OfACorrelatedProcess_HasTheCodingGainThatItClaims()
    {
        double product = 0;
        for (int u = 0; u < LappedTransform.Stride; u++)
        {
            double variance = 0;
            for (int i = 0; i < LappedTransform.Window; i++)
            {
                for (int j = 0; j < LappedTransform.Window; j++)
                    variance += LappedTransform.Basis[u, i] * LappedTransform.Basis[u, j] * Math.Pow(0.95, Math.Abs(i - j));
            }

            product += Math.Log10(variance);
        }

        Assert.Equal(9.80, -10 * product / LappedTransform.Stride, 0.01);
    }

    [Theory]
    [InlineData(48, 32)]
    [InlineData(33, 17)]
    public void Graphs_EncoderThenDecoder_GiveTheImageBack(int width, int height)
    {
        ushort[] places = LappedTransform.Places([.. Enumerable.Range(0, LappedTransform.Coefficients).Reverse()]);
        var rule = new GridRule(0, 0, [], 0, LappedTransform.Transforms, places);
        var random = new Random(1);
        var image = new Raster(width, height, 3, [.. Enumerable.Range(0, width * height * 3).Select(_ => (byte)random.Next(256))]);
        ImageLatents latents = PhotoAnalysis.Run(
            [image],
            LappedTransform.Encoder(PhotosTraining.Window, Colours),
            new TransformChoice(rule, new LatentSteps(rule, LappedTransform.Coefficients, step: 1)),
            TestContext.Current.CancellationToken
        )[0];
        OnnxGraph decoder = OnnxGraph.Parse(
            LappedTransform.Decoder(PhotosTraining.Window, Colours),
            "head image",
            GraphSignature.Decoder(places.Length, PhotosTraining.Window)
        );
        using var head = GridHead.Load(
            new GraphLoader(OnnxNetworkRuntime.Instance, SimdPaths.Selected),
            decoder,
            PhotosTraining.Window,
            filter: null
        );
        Assert.IsType<SeparableSynthesis>(head.Windows);

        var restored = new byte[image.Samples.Length];
        var synthesis = new GridSynthesis(
            new WindowGrid(width, height, LappedTransform.Stride, PhotosTraining.Window),
            head,
            quality: 0,
            restored
        );
        short[] every = [.. Enumerable.Range(0, LappedTransform.Coefficients).Select(i => (short)i)];
        for (int block = 0; block < latents.Blocks; block++)
            synthesis.Add(block / latents.Columns, block % latents.Columns, rule.Places(latents.Transforms[block]), every, latents[block]);
        Assert.All(image.Samples.Zip(restored), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }
}
