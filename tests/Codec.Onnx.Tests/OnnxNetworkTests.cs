using Codec.Errors;
using Codec.Images;
using Codec.Transforms;

namespace Codec.Onnx.Tests;

public sealed class OnnxNetworkTests
{
    private static readonly ImageGeometry Image = new(4, 3, 3, 1f / 255, 0);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_LinearEncoder_IsTheProduct(bool quantized)
    {
        const int K = 5,
            Batch = 4;
        var random = new Random(3);
        sbyte[] rows = [.. Enumerable.Range(0, K * Image.Samples).Select(_ => (sbyte)random.Next(-128, 128))];
        float[] scales = [0.1f, 0.02f, 1, 0.5f, 0.25f],
            bias = [1, -2, 3, 0, 0.5f];
        float[] weights = [.. rows.Select((row, index) => row * scales[index / Image.Samples])];
        byte[] file = quantized ? LinearGraphs.Encoder(rows, scales, bias, Image) : LinearGraphs.Encoder(weights, bias, Image);
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, OnnxGraph.Parse(file, "encoder", GraphSignature.Encoder(Image, K)));
        float[] pixels = [.. Enumerable.Range(0, Batch * Image.Samples).Select(_ => random.NextSingle())];
        var latents = new float[Batch * K];
        runtime.Run(pixels, Batch, latents);
        for (int index = 0; index < latents.Length; index++)
        {
            (int image, int latent) = Math.DivRem(index, K);
            double expected =
                bias[latent]
                + Enumerable
                    .Range(0, Image.Samples)
                    .Sum(s => (double)pixels[image * Image.Samples + s] * weights[latent * Image.Samples + s]);
            Assert.Equal(expected, latents[index], 1e-3);
        }
    }

    [Fact]
    public void Run_BatchBeyondOnePass_EqualsOneByOne()
    {
        const int Batch = 2500;
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, Decoder());
        float[] latents = [.. Enumerable.Range(0, Batch * 2).Select(index => index * 0.001f)];
        float[] together = new float[Batch * Image.Samples],
            alone = new float[Image.Samples];
        runtime.Run(latents, Batch, together);
        foreach (int image in new[] { 0, 1023, 1024, Batch - 1 })
        {
            runtime.Run(latents.AsSpan(image * 2, 2), 1, alone);
            Assert.Equal(alone, together.AsSpan(image * Image.Samples, Image.Samples).ToArray());
        }
    }

    [Fact]
    public async Task Run_FromManyThreads_GivesTheSame()
    {
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, Decoder());
        var expected = new float[Image.Samples];
        runtime.Run([0.5f, -1], 1, expected);
        await Parallel.ForAsync(
            0,
            200,
            TestContext.Current.CancellationToken,
            (_, _) =>
            {
                var output = new float[Image.Samples];
                runtime.Run([0.5f, -1], 1, output);
                Assert.Equal(expected, output);
                return ValueTask.CompletedTask;
            }
        );
    }

    [Fact]
    public void Run_WrongLengths_Throws()
    {
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, Decoder());
        Assert.Throws<ArgumentException>(() => runtime.Run(new float[3], 1, new float[Image.Samples]));
        Assert.Throws<ArgumentException>(() => runtime.Run(new float[2], 1, new float[Image.Samples + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => runtime.Run([], 0, []));
    }

    [Fact]
    public void Run_GraphGivesAnotherShape_Throws()
    {
        // The checks refuse every graph with a false shape, so the shape is falsified after them.
        OnnxGraph graph = Decoder();
        graph.Signature.OutputShape[0]++;
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, graph);
        var exception = Assert.Throws<InvalidModelException>(() => runtime.Run(new float[2], 1, new float[graph.Signature.OutputLength]));
        Assert.Equal("head image", exception.Field);
    }

    [Fact]
    public void Run_AfterDispose_Throws()
    {
        var opened = new NetworkRun(OnnxNetworkRuntime.Instance, Decoder());
        opened.Dispose();
        Assert.Throws<ObjectDisposedException>(() => opened.Run(new float[2], 1, new float[Image.Samples]));
    }

    [Fact]
    public async Task Dispose_WhileOthersRun_EndsThemWithoutHarm()
    {
        for (int round = 0; round < 20; round++)
        {
            var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, Decoder());
            using var started = new SemaphoreSlim(0);
            Task[] runners =
            [
                .. Enumerable
                    .Range(0, 3)
                    .Select(_ =>
                        Task.Run(() =>
                        {
                            var output = new float[200 * Image.Samples];
                            runtime.Run(new float[400], 200, output);
                            started.Release();
                            while (true)
                                runtime.Run(new float[400], 200, output);
                        })
                    ),
            ];
            await started.WaitAsync(TestContext.Current.CancellationToken);
            runtime.Dispose();
            foreach (Task runner in runners)
                await Assert.ThrowsAsync<ObjectDisposedException>(() => runner);
        }
    }

    private static OnnxGraph Decoder()
    {
        float[] rows = [.. Enumerable.Range(0, 2 * Image.Samples).Select(index => MathF.Sin(index))];
        return OnnxGraph.Parse(LinearGraphs.Decoder(rows, new float[Image.Samples], Image), "head image", GraphSignature.Decoder(2, Image));
    }
}
