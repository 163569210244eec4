using Codec.Images;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>The article's dense autoencoder: one linear layer each way, without activation.</summary>
internal sealed class DenseAutoencoder : CodecNetwork
{
    private readonly Linear encoder;
    private readonly Linear decoder;

    /// <summary>Builds the network with Keras's initial weights: Glorot's uniform weights, zero biases.</summary>
    /// <param name="input">Shape and scaling of the images.</param>
    /// <param name="code">K: latents.</param>
    public DenseAutoencoder(ImageGeometry input, int code)
        : base(nameof(DenseAutoencoder), input, code)
    {
        encoder = Linear(input.Samples, code);
        decoder = Linear(code, input.Samples);
        RegisterComponents();
        foreach (Linear layer in new[] { encoder, decoder })
        {
            init.xavier_uniform_(layer.weight!);
            init.zeros_(layer.bias!);
        }
    }

    public override Tensor encode(Tensor x) => encoder.forward(x); // [B, D] -> [B, K]

    public override Tensor decode(Tensor latents, string head) => decoder.forward(latents); // [B, K] -> [B, D]

    /// <inheritdoc/>
    public override DenseAutoencoder Along(LatentBasis basis)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var turned = new DenseAutoencoder(Input, Latents);
        Tensor analysis = basis.Analysis.ToTensor(Latents, Latents),
            synthesis = basis.Synthesis.ToTensor(Latents, Latents);
        Tensor mean = basis.Mean.ToTensor(Latents);
        turned.encoder.weight!.copy_(analysis.matmul(encoder.weight!));
        turned.encoder.bias!.copy_(analysis.matmul(encoder.bias!.sub(mean)));
        turned.decoder.weight!.copy_(decoder.weight!.matmul(synthesis));
        turned.decoder.bias!.copy_(decoder.weight!.matmul(mean).add_(decoder.bias!));
        return turned;
    }

    /// <inheritdoc/>
    public override OnnxValue BuildEncoder(OnnxGraphBuilder graph) => BuildEncoder(graph, graph.Input);

    /// <summary>Adds the operators of <see cref="encode"/> for images that are not the graph's input: [N, H, W, C] → [N, K].</summary>
    public OnnxValue BuildEncoder(OnnxGraphBuilder graph, OnnxValue images) => graph.Dense(graph.Flatten(images), encoder);

    /// <inheritdoc/>
    public override OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head) =>
        graph.Reshape(graph.Dense(latents, decoder), Input.Height, Input.Width, Input.Channels);

    /// <summary>Replaces the weights by a linear pair's.</summary>
    public void StartFrom(LinearPair pair)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        encoder.weight!.copy_(pair.EncoderWeights.ToTensor(pair.Latents, pair.Samples));
        encoder.bias!.copy_(pair.EncoderBias.ToTensor(pair.Latents));
        decoder.weight!.copy_(pair.DecoderWeights.ToTensor(pair.Latents, pair.Samples).t());
        decoder.bias!.copy_(pair.DecoderBias.ToTensor(pair.Samples));
    }

    /// <summary>The network as a linear pair.</summary>
    public LinearPair ToPair()
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return new LinearPair(
            [.. encoder.weight!.data<float>()],
            [.. encoder.bias!.data<float>()],
            [.. decoder.weight!.t().contiguous().data<float>()],
            [.. decoder.bias!.data<float>()]
        );
    }
}
