using Codec.Entropy;
using Codec.Trainer.Priors;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Trainer.Tests.Priors;

public sealed class NeighbourhoodWeightsTests
{
    private const int Latents = 6;

    [Fact]
    public void AddCentre_AnyWeights_AddsTheMeanActivationsTimesAllWeightsOfNeighbours()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        var random = new Random(3);
        var rule = new GridRule(Predicted: 0, Reach: 0, [], Adaptation: 0, Transforms: 1, [0, 1, 2, 3, 4, 5]);
        var draft = new QualityDraft(Latents, Trellis.EightStates, step: 1, lambda: 0.1, new float[Latents], rule);
        GridDraft grid = draft.Grid!;
        // Below 1, and of either sign: a sum of bytes would be 0.
        grid.Neighbours = Draw(Prior.Neighbours * Latents);
        grid.Spread = Draw(Latents * Latents);
        float[] mean = Draw(Latents),
            start = Draw(Latents);
        var image = new ImageLatents(1, 2, Draw(2 * Latents), new byte[2]);
        SymbolPass pass = SymbolPass.Run(draft, [image], CancellationToken.None);
        using var weights = new NeighbourhoodWeights(grid, pass, mean.ToTensor(Latents), zeros(Latents, Latents), frozen: false);

        Tensor centre = start.ToTensor(Latents).clone();
        weights.AddCentre(mean.ToTensor(Latents), centre);

        float[] actual = [.. centre.data<float>()];
        for (int i = 0; i < Latents; i++)
        {
            double expected = start[i];
            for (int n = 0; n < Prior.Neighbours; n++)
                expected += mean[i] * grid.Neighbours[n * Latents + i];
            // The left block and the block above share the spread weights.
            for (int j = 0; j < Latents; j++)
                expected += 2 * mean[j] * grid.Spread[j * Latents + i];
            Assert.Equal(expected, actual[i], 1e-5);
        }

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.4f)];
    }
}
