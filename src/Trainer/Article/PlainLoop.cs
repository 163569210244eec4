using System.Diagnostics;
using Codec.Datasets;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Article;

/// <summary>
/// The shortest loop that trains the article's dense network in TorchSharp: all images as floats in one tensor, no checkpoint, no checks.
/// What the trainer's own loop adds is measured against it.
/// </summary>
internal sealed class PlainLoop : IDisposable
{
    private readonly DenseRecipe _recipe;
    private readonly Tensor _train;
    private readonly Tensor _test;
    private readonly DenseAutoencoder _network;
    private readonly optim.Optimizer _optimizer;
    private readonly Random _random = new(1);

    /// <summary>Prepares the loop.</summary>
    public PlainLoop(DenseRecipe recipe, Dataset images)
    {
        _recipe = recipe;
        _train = images.Train.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset);
        _test = images.Test.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset);
        _network = new DenseAutoencoder(DenseRecipe.Geometry(images.Train), recipe.CodeSize);
        _optimizer = optim.Adamax(_network.parameters(), recipe.Options.LearningRate);
    }

    /// <summary>Trains and validates alternately by a recipe's own loop and by the plain one.</summary>
    /// <returns>The shortest epoch of each in seconds, without the first.</returns>
    public static (double Ours, double Plain) Race(DenseRecipe recipe, Dataset images, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("codec-speed-").FullName;
        try
        {
            using NetworkTraining<DenseAutoencoder> training = recipe.Prepare(images, new Checkpoint(Path.Combine(folder, "checkpoint")));
            using var loop = new PlainLoop(recipe, images);
            List<double> ours = [],
                plain = [];
            long start = Stopwatch.GetTimestamp();
            training.Run(
                _ =>
                {
                    ours.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                    start = Stopwatch.GetTimestamp();
                    loop.RunEpoch();
                    plain.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                    start = Stopwatch.GetTimestamp();
                },
                cancellationToken
            );
            return (ours.Skip(1).Min(), plain.Skip(1).Min());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _train.Dispose();
        _test.Dispose();
    }

    private void RunEpoch()
    {
        long[] order = [.. Enumerable.Range(0, (int)_train.shape[0]).Select(i => (long)i)];
        _random.Shuffle(order);
        _network.train();
        double sum = 0;
        foreach (long[] batch in order.Chunk(_recipe.Options.BatchSize))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor images = _train.index_select(0, from_array(batch));
            Tensor loss = nn.functional.mse_loss(_network.forward(images), images);
            _optimizer.zero_grad();
            loss.backward();
            _optimizer.step();
            sum += loss.item<float>();
        }

        _network.eval();
        using IDisposable frozen = no_grad();
        using DisposeScope last = NewDisposeScope();
        sum += nn.functional.mse_loss(_network.forward(_test), _test).item<float>();
        if (!double.IsFinite(sum))
            throw new TrainingStoppedException("The plain loop diverged.");
    }
}
