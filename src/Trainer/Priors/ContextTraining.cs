using Codec.Trainer.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Priors;

/// <summary>
/// Trains the weights by which a quality's symbols move the scales of those behind them, to the fewest bits: gradient descent (Adam)
/// on the code length, which between two scales is taken to run straight.
/// </summary>
internal sealed class ContextTraining
{
    private const int BatchSize = 512;
    private const int Epochs = 6;
    private const double WeightRate = 0.015;
    private const double BiasRate = 0.1;

    private readonly QualityDraft _draft;
    private readonly SymbolPass _pass;
    private readonly CodeLength _length;

    /// <summary>Prepares a training.</summary>
    /// <param name="draft">The quality; its weights and biases are where the training begins, and what it replaces.</param>
    /// <param name="pass">Symbols to train on.</param>
    public ContextTraining(QualityDraft draft, SymbolPass pass)
    {
        _draft = draft;
        _pass = pass;
        _length = new CodeLength(draft);
    }

    /// <summary>Trains.</summary>
    /// <param name="seed">Of the batches' order.</param>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two steps; the draft is then as it was.</param>
    public void Run(int seed, Action<double> progress, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        int coded = _draft.Coded;
        byte[] inputs = [.. _pass.Magnitudes.Select(magnitude => QualityDraft.Activation(magnitude))];
        Tensor activations = from_array(inputs).reshape(_pass.Count, coded); // [N, C] bytes
        Tensor mean = activations.mean([0L], type: float32); // [C]
        // With centred activations a weight's step does not move its scale as a whole; the bias makes up for the centre.
        var weights = new Parameter(_draft.Weights.ToTensor(coded, coded)); // [C, C]
        var bias = new Parameter(_draft.Biases.ToTensor(coded).add_(mean.matmul(weights.detach()))); // [C]
        Adam weightSteps = optim.Adam([weights], WeightRate, beta2: 0.99, eps: 1e-6);
        Adam biasSteps = optim.Adam([bias], BiasRate, beta2: 0.99, eps: 1e-6);

        var random = new Random(seed);
        long[] order = [.. Enumerable.Range(0, _pass.Count).Select(n => (long)n)];
        int steps = Epochs * ((_pass.Count + BatchSize - 1) / BatchSize);
        int step = 0;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (long[] images in order.Chunk(BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                double fade = (1 + Math.Cos(Math.PI * step / steps)) / 2;
                SetRate(weightSteps, WeightRate * fade);
                SetRate(biasSteps, BiasRate * fade);
                using DisposeScope batch = NewDisposeScope();
                Tensor centred = activations.index_select(0, from_array(images)).to(float32).sub_(mean); // [B, C]
                Tensor scales = centred.matmul(weights.triu(1)).add(bias); // [B, C]
                Tensor slopes = Slopes(images, scales); // [B, C]
                weightSteps.zero_grad();
                biasSteps.zero_grad();
                // The slopes are the code length's derivatives by the scales; this product hands them on to weights and bias.
                scales.mul(slopes).sum().backward();
                weightSteps.step();
                biasSteps.step();
                progress((double)++step / steps);
            }
        }

        using IDisposable frozen = no_grad();
        Tensor trained = weights.triu(1).contiguous();
        _draft.Weights = [.. trained.data<float>()];
        _draft.Biases = [.. bias.sub(mean.matmul(trained)).data<float>()];
    }

    private static void SetRate(Adam optimizer, double rate)
    {
        foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = rate;
    }

    /// <summary>How the bits of a batch's images, on average, change with each scale.</summary>
    private Tensor Slopes(long[] images, Tensor scales)
    {
        float[] values = [.. scales.detach().data<float>()];
        int coded = _pass.Coded;
        Parallel.For(
            0,
            images.Length,
            n =>
            {
                int source = (int)images[n] * coded,
                    target = n * coded;
                for (int i = 0; i < coded; i++)
                {
                    values[target + i] =
                        _length.Slope(_pass.States[source + i], _pass.Magnitudes[source + i], values[target + i]) / images.Length;
                }
            }
        );
        return values.ToTensor(images.Length, coded);
    }
}
