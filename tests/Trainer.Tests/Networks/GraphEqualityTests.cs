using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Transforms;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;

namespace Trainer.Tests.Networks;

/// <summary>What the networks' graphs compute in ONNX Runtime, against what the networks do in Torch.</summary>
public sealed class GraphEqualityTests
{
    private const int Code = 6;

    [Theory]
    [InlineData(8, 3, 0)]
    [InlineData(16, 3, 0)]
    [InlineData(12, 1, 0)]
    [InlineData(16, 3, 2)]
    public void ConvolutionalAutoencoder_EveryHead_ComputesTheSame(int side, int channels, int people)
    {
        Dataset images = TinyImages.Create(side: side, channels: channels);
        string[] heads = people == 0 ? [] : [ModelManifest.ImageHead, "one", "other"];
        using var network = new ConvolutionalAutoencoder(
            DenseRecipe.Geometry(images.Train),
            LinearCode(images),
            Deviations(images),
            ConvolutionalWidths.Digits,
            heads
        );

        AssertSame(network, images.Test);
        Assert.Equal(heads.Length == 0 ? [ModelManifest.ImageHead] : heads, network.Heads.Keys);
    }

    [Theory]
    [InlineData(8, 3)]
    [InlineData(24, 1)]
    public void ConvolutionalDenoiser_ComputesTheSame(int side, int channels)
    {
        Dataset images = TinyImages.Create(side: side, channels: channels);
        using var network = new ConvolutionalDenoiser(DenseRecipe.Geometry(images.Train), LinearCode(images));

        AssertSame(network, images.Test);
    }

    [Fact]
    public void ConvolutionalDenoiser_AlongABasis_StaysTheSameAndKeepsALinearDecoder()
    {
        Dataset images = TinyImages.Create();
        using var network = new ConvolutionalDenoiser(DenseRecipe.Geometry(images.Train), LinearCode(images));
        Disturb(network);
        network.eval();
        using var scope = torch.NewDisposeScope();
        using var frozen = torch.no_grad();
        torch.Tensor pixels = images.Test.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset);
        torch.Tensor latents = network.encode(pixels);
        LatentBasis basis = LatentBasis.Measure(network, latents);

        using ConvolutionalDenoiser turned = network.Along(basis);

        Assert.InRange(turned.encode(pixels).sub(basis.Analyze(latents)).abs().max().item<float>(), 0, 1e-4 / network.Input.Scale);
        Assert.InRange(turned.forward(pixels).sub(network.forward(pixels)).abs().max().item<float>(), 0, 1e-4);
        OnnxGraphBuilder decoder = OnnxGraphBuilder.Decoder(Code, network.Input);
        byte[] graph = decoder.Build(turned.BuildHead(decoder, decoder.Input, ModelManifest.ImageHead));
        Assert.True(LinearMap.TryRead(OnnxGraph.Parse(graph, "head image", GraphSignature.Decoder(Code, network.Input)), out _));
    }

    [Fact]
    public void FaceSegmenter_BothHeads_ComputeTheSame()
    {
        Dataset images = TinyImages.Create(side: 16);
        using var network = new FaceSegmenter(DenseRecipe.Geometry(images.Train), LinearCode(images), Deviations(images));

        AssertSame(network, images.Test);
        using var scope = torch.NewDisposeScope();
        torch.Tensor regions = network.decode(
            network.encode(images.Test.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset)),
            FaceSegmenter.MaskHead
        );
        // With random weights each region's score is the largest somewhere: the graph's choice among them was put to the test.
        Assert.Equal([0f, 1, 2], regions.unique().output.data<float>().Order());
    }

    [Fact]
    public void Heads_WithTheirOwnWeights_GiveDifferentImages()
    {
        Dataset images = TinyImages.Create();
        using var network = new ConvolutionalAutoencoder(
            DenseRecipe.Geometry(images.Train),
            LinearCode(images),
            Deviations(images),
            ConvolutionalWidths.Digits,
            ModelManifest.ImageHead,
            "other"
        );
        Disturb(network);
        using var scope = torch.NewDisposeScope();
        torch.Tensor latents = network.encode(images.Test.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset));

        Assert.False(network.decode(latents, ModelManifest.ImageHead).allclose(network.decode(latents, "other")));
    }

    private static LinearPair LinearCode(Dataset images) =>
        PrincipalComponents.Fit(images.Train, Code, mirrored: false).ToPair(Code, DenseRecipe.Scale, DenseRecipe.Offset);

    private static float[] Deviations(Dataset images) => PrincipalComponents.Fit(images.Train, Code, mirrored: false).Deviations(Code);

    /// <summary>Gives every layer that learns weights that are not zero, so that each has a part in what comes out.</summary>
    private static void Disturb(CodecNetwork network)
    {
        using var frozen = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        foreach (TorchSharp.Modules.Parameter parameter in network.parameters().Where(parameter => parameter.requires_grad))
            parameter.add_(torch.randn_like(parameter).mul_(0.05));
    }

    private static void AssertSame(CodecNetwork network, ImageSet images)
    {
        Disturb(network);
        network.eval();
        using var frozen = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.Tensor pixels = images.ToTensor(network.Input.Scale, network.Input.Offset);
        torch.Tensor latents = network.encode(pixels);
        OnnxGraphBuilder encoder = OnnxGraphBuilder.Encoder(network.Input, network.Latents);
        float[] encoded = Run(
            encoder.Build(network.BuildEncoder(encoder)),
            "pixels",
            pixels,
            images.Count,
            network.Input.Height,
            network.Input.Width,
            network.Input.Channels
        );
        // Latents are in 8-bit samples: the same 1e-4 of an image that is 1 wide, far below any quantizer's step.
        Assert.InRange(LargestDifference(encoded, latents), 0, 1e-4 / network.Input.Scale);

        foreach ((string head, ImageGeometry output) in network.Heads)
        {
            OnnxGraphBuilder decoder = OnnxGraphBuilder.Decoder(network.Latents, output);
            float[] decoded = Run(
                decoder.Build(network.BuildHead(decoder, decoder.Input, head)),
                "latents",
                latents,
                images.Count,
                network.Latents
            );
            torch.Tensor expected = network.decode(latents, head);
            Assert.Equal(output.Samples, expected.shape[1]);
            Assert.InRange(LargestDifference(decoded, expected), 0, 1e-4);
        }
    }

    private static float[] Run(byte[] graph, string name, torch.Tensor input, params int[] shape)
    {
        using var session = new InferenceSession(graph);
        using var results = session.Run([
            NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(input.data<float>().ToArray(), shape)),
        ]);
        return results[0].AsTensor<float>().ToArray();
    }

    private static double LargestDifference(float[] values, torch.Tensor expected) =>
        torch.from_array(values).sub(expected.flatten()).abs().max().item<float>();
}
