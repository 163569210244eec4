using System.Diagnostics;
using Codec.Datasets;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Article;

/// <summary>Measures how fast networks train, and the arithmetic peak in the same run.</summary>
internal static class TrainingSpeed
{
    private const int Rounds = 7;
    private const int ConvolutionalRounds = 3;
    private const int Side = 2048;

    /// <summary>
    /// Measures the largest rate of this machine's matrix products, in billions of operations a second (a multiply-add counts as two).
    /// </summary>
    public static double PeakGigaflops(int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        set_num_threads(threads);
        Tensor a = rand(Side, Side),
            b = rand(Side, Side);
        double seconds = Enumerable
            .Range(0, Rounds)
            .Min(_ =>
            {
                long start = Stopwatch.GetTimestamp();
                using Tensor product = a.matmul(b);
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            });
        return 2.0 * Side * Side * Side / seconds / 1e9;
    }

    /// <summary>
    /// Measures the time of an epoch in seconds, validation and checkpoint included: the shortest of several epochs after the first.
    /// </summary>
    public static double EpochSeconds<TNetwork>(Func<Checkpoint, NetworkTraining<TNetwork>> prepare, CancellationToken cancellationToken)
        where TNetwork : nn.Module
    {
        string folder = Directory.CreateTempSubdirectory("codec-speed-").FullName;
        try
        {
            using NetworkTraining<TNetwork> training = prepare(new Checkpoint(Path.Combine(folder, "checkpoint")));
            var seconds = new List<double>();
            long start = Stopwatch.GetTimestamp();
            training.Run(
                _ =>
                {
                    seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                    start = Stopwatch.GetTimestamp();
                },
                cancellationToken
            );
            return seconds.Skip(1).Min();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures the speeds, and returns the figures by name.</summary>
    public static IReadOnlyDictionary<string, double> Measure(Dataset faces, int seed, CancellationToken cancellationToken)
    {
        DenseRecipe dense = DenseRecipe.Article(32, seed);
        dense = dense with { Options = dense.Options with { Epochs = Rounds } };
        double peak = PeakGigaflops(threads: 1);
        (double epoch, double plain) = PlainLoop.Race(dense, faces, cancellationToken);
        // A step has three products for each weight: forward, its own gradient, and (except in the first layer) the gradient of its input.
        double operations = 2.0 * faces.Train.Count * faces.Train.ImageLength * dense.CodeSize * (2 + 3);
        ConvolutionalRecipe convolutional = ConvolutionalRecipe.Faces(32, seed);
        convolutional = convolutional with { Options = convolutional.Options with { Epochs = ConvolutionalRounds } };
        double convolutionalEpoch = EpochSeconds(checkpoint => convolutional.Prepare(faces, checkpoint), cancellationToken);
        return new Dictionary<string, double>
        {
            ["peak.gigaflops"] = peak,
            ["dense32.epoch_seconds"] = epoch,
            ["dense32.epoch_ratio"] = epoch / plain,
            ["dense32.share_of_peak"] = operations / epoch / 1e9 / peak,
            ["conv32.images_per_second"] = faces.Train.Count / convolutionalEpoch,
        };
    }
}
