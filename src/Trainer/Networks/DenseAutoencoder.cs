using Codec.Trainer.LinearCodes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>The article's dense autoencoder: one linear layer each way, without activation.</summary>
internal sealed class DenseAutoencoder : Module<Tensor, Tensor>
{
    private readonly Linear encoder;
    private readonly Linear decoder;

    /// <summary>Builds the network with Keras's own start: Glorot's uniform weights, zero biases.</summary>
    /// <param name="samples">D: samples of an image.</param>
    /// <param name="code">K: latents.</param>
    public DenseAutoencoder(long samples, long code)
        : base(nameof(DenseAutoencoder))
    {
        encoder = Linear(samples, code);
        decoder = Linear(code, samples);
        RegisterComponents();
        foreach (Linear layer in new[] { encoder, decoder })
        {
            init.xavier_uniform_(layer.weight!);
            init.zeros_(layer.bias!);
        }
    }

    public override Tensor forward(Tensor x) => decode(encode(x));      // [B, D] -> [B, D]

    public Tensor encode(Tensor x) => encoder.forward(x);               // [B, D] -> [B, K]

    public Tensor decode(Tensor latents) => decoder.forward(latents);   // [B, K] -> [B, D]

    /// <summary>Starts from a linear pair instead: the network then computes what the pair does.</summary>
    public void StartFrom(LinearPair pair)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        encoder.weight!.copy_(from_array(pair.EncoderWeights).reshape(pair.Latents, pair.Samples));
        encoder.bias!.copy_(from_array(pair.EncoderBias));
        decoder.weight!.copy_(from_array(pair.DecoderWeights).reshape(pair.Latents, pair.Samples).t());
        decoder.bias!.copy_(from_array(pair.DecoderBias));
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
            [.. decoder.bias!.data<float>()]);
    }
}
