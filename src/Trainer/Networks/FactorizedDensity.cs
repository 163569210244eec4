using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>
/// A learned density for each latent, independent of the others: its cumulative is the sigmoid of a small monotone network (Ballé 2018,
/// appendix 6.1). It measures bits while a network is trained; the codec's integer prior is fitted afterwards.
/// </summary>
internal sealed class FactorizedDensity : Module<Tensor, Tensor>
{
    // Hidden units of each latent's network.
    private const int Width = 3;

    // The initial density is a logistic one of this scale, in deviations: that of deviation 1.
    private const double InitialScale = 0.55;

    // Of a symbol: it bounds the bits, 30, and the gradient of a symbol that the density does not expect.
    private const float LeastProbability = 1e-9f;

    private readonly Parameter first;
    private readonly Parameter firstBias;
    private readonly Parameter firstGate;
    private readonly Parameter second;
    private readonly Parameter secondBias;
    private readonly Parameter secondGate;
    private readonly Parameter last;
    private readonly Parameter lastBias;
    private readonly Tensor units;
    private readonly Tensor halves;

    /// <summary>Creates densities that are nearly those of latents with the given deviations.</summary>
    /// <param name="deviations">[K].</param>
    /// <param name="step">Width of a symbol's interval, in the latents' unit.</param>
    public FactorizedDensity(float[] deviations, double step)
        : base(nameof(FactorizedDensity))
    {
        int latents = deviations.Length;
        float[] scales = [.. deviations.Select(deviation => (float)Math.Max(deviation, step))];
        units = from_array(scales).reshape(latents, 1, 1);
        halves = from_array(scales.Select(scale => (float)(step / 2) / scale).ToArray()).reshape(latents, 1, 1);
        double layer = Math.Cbrt(InitialScale);
        first = Weights(latents, Width, 1, layer);
        second = Weights(latents, Width, Width, layer);
        last = Weights(latents, 1, Width, layer);
        firstBias = Bias(latents, Width);
        secondBias = Bias(latents, Width);
        lastBias = Bias(latents, 1);
        firstGate = new Parameter(zeros(latents, Width, 1));
        secondGate = new Parameter(zeros(latents, Width, 1));
        RegisterComponents();
    }

    /// <summary>Computes the bits of each image: [B, K], with uniform noise of one step, → [B].</summary>
    public override Tensor forward(Tensor latents)
    {
        Tensor x = latents.t().unsqueeze(1).div(units); // [K, 1, B]
        Tensor below = Logits(x.sub(halves)),
            above = Logits(x.add(halves));
        // Both sigmoids on the side where they are small, so that their difference is exact.
        Tensor side = below.add(above).sign().neg().detach();
        Tensor probability = side.mul(above).sigmoid().sub(side.mul(below).sigmoid()).abs().clamp_min(LeastProbability);
        return probability.log2().neg().sum([0L]).squeeze(0);
    }

    private Tensor Logits(Tensor x) // [K, 1, B] -> [K, 1, B]
    {
        x = Gate(functional.softplus(first).bmm(x).add(firstBias), firstGate);
        x = Gate(functional.softplus(second).bmm(x).add(secondBias), secondGate);
        return functional.softplus(last).bmm(x).add(lastBias);
    }

    private static Tensor Gate(Tensor x, Tensor gate) => x.add(gate.tanh().mul(x.tanh()));

    /// <summary>Weights whose softplus makes each layer's slope 1 / scale.</summary>
    private static Parameter Weights(int latents, int rows, int columns, double scale) =>
        new(full([latents, rows, columns], Math.Log(Math.Exp(1 / scale / columns) - 1)));

    private static Parameter Bias(int latents, int rows) => new(rand(latents, rows, 1).sub_(0.5f));
}
