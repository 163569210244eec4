using Codec.Datasets;
using Codec.Images;
using Codec.Tests.Shared;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;
using TorchSharp;

namespace Trainer.Tests.Training;

public sealed class NetworkTrainingTests : IDisposable
{
    private static readonly TrainingOptions Options = new()
    {
        Recipe = "dense",
        Epochs = 4,
        BatchSize = 16,
        LearningRate = 1e-2,
        Seed = 1,
    };
    private static readonly DenseRecipe Recipe = new(DenseSchedule.Article, CodeSize: 4, Options);
    private readonly TemporaryDirectory _directory = new();
    private readonly Dataset _images = TinyImages.Create();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Network_OfTheArticle_HasItsNumberOfParameters()
    {
        using var network = new DenseAutoencoder(new ImageGeometry(32, 32, 3, DenseRecipe.Scale, DenseRecipe.Offset), 32);
        Assert.Equal([98_304L, 32L, 98_304L, 3_072L], network.parameters().Select(parameter => parameter.numel()));
        Assert.Equal(199_712L, network.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Run_ArticleSchedule_LowersBothLosses()
    {
        using NetworkTraining<DenseAutoencoder> training = Train(Recipe, "a");

        Assert.Equal(4, training.History.Count);
        Assert.True(training.History[^1].Loss < 0.5 * training.History[0].Loss);
        Assert.True(training.History[^1].ValidationLoss < training.History[0].ValidationLoss);
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameWeights()
    {
        using NetworkTraining<DenseAutoencoder> first = Train(Recipe, "a");
        using NetworkTraining<DenseAutoencoder> second = Train(Recipe, "b");
        using NetworkTraining<DenseAutoencoder> other = Train(Recipe with { Options = Options with { Seed = 2 } }, "c");

        Assert.Equal(first.Network.ToPair().EncoderWeights, second.Network.ToPair().EncoderWeights);
        Assert.Equal(first.History, second.History);
        Assert.NotEqual(first.Network.ToPair().EncoderWeights, other.Network.ToPair().EncoderWeights);
    }

    [Theory]
    [InlineData(nameof(Optimizer.Adamax), nameof(RateSchedule.Constant), 0)]
    [InlineData(nameof(Optimizer.Adam), nameof(RateSchedule.Cosine), 0)]
    [InlineData(nameof(Optimizer.Adamax), nameof(RateSchedule.Constant), 0.1)]
    public void Resume_AfterBeingStopped_EndsAsIfItHadNotBeen(string optimizer, string schedule, double noise)
    {
        TrainingOptions options = Options with
        {
            Optimizer = Enum.Parse<Optimizer>(optimizer),
            Schedule = Enum.Parse<RateSchedule>(schedule),
        };
        DenseRecipe recipe = Recipe with { Noise = noise, Options = options };
        using NetworkTraining<DenseAutoencoder> whole = Train(recipe, "whole");
        using var stop = new CancellationTokenSource();
        using (NetworkTraining<DenseAutoencoder> stopped = recipe.Prepare(_images, CheckpointAt("stopped")))
        {
            Assert.Throws<OperationCanceledException>(() =>
                stopped.Run(
                    result =>
                    {
                        if (result.Epoch == 2)
                            stop.Cancel();
                    },
                    stop.Token
                )
            );
        }

        using NetworkTraining<DenseAutoencoder> resumed = recipe.Prepare(_images, CheckpointAt("stopped"));
        resumed.Resume();
        Assert.Equal(2, resumed.History.Count);
        resumed.Run(_ => { }, CancellationToken.None);

        Assert.Equal(whole.History, resumed.History);
        Assert.Equal(whole.Network.ToPair().DecoderWeights, resumed.Network.ToPair().DecoderWeights);
        Assert.Equal(whole.Network.ToPair().DecoderBias, resumed.Network.ToPair().DecoderBias);
    }

    [Fact]
    public void Resume_CheckpointOfOtherOptions_IsRefusedAndNamesThem()
    {
        Train(Recipe, "a").Dispose();
        using NetworkTraining<DenseAutoencoder> training = (
            Recipe with
            {
                CodeSize = 5,
                Options = Options with { Recipe = "other" },
            }
        ).Prepare(_images, CheckpointAt("b"));
        File.Copy(CheckpointAt("a").Path, CheckpointAt("b").Path);

        var stopped = Assert.Throws<TrainingStoppedException>(training.Resume);
        Assert.Contains("(Recipe: dense, not other)", stopped.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not a zip archive")]
    public void Resume_NoUsableCheckpoint_SaysSo(string? content)
    {
        Checkpoint checkpoint = CheckpointAt("a");
        if (content is not null)
            File.WriteAllText(checkpoint.Path, content);
        using NetworkTraining<DenseAutoencoder> training = Recipe.Prepare(_images, checkpoint);

        var stopped = Assert.Throws<TrainingStoppedException>(training.Resume);

        Assert.Contains(checkpoint.Path, stopped.Message, StringComparison.Ordinal);
        Assert.Contains("--fresh", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithNoise_DrawsItAnewInEveryEpoch()
    {
        // With constant weights and images, only the noise can change the loss from epoch to epoch.
        DenseRecipe still = Recipe with
        {
            Noise = 0.1,
            Options = Options with { LearningRate = 0, BatchSize = _images.Train.Count },
        };
        using NetworkTraining<DenseAutoencoder> noisy = Train(still, "a");
        using NetworkTraining<DenseAutoencoder> clean = Train(still with { Noise = 0 }, "b");

        Assert.Equal(4, noisy.History.Select(epoch => epoch.Loss).Distinct().Count());
        Assert.Single(noisy.History.Select(epoch => epoch.ValidationLoss).Distinct());
        Assert.Equal(clean.History[0].Loss, clean.History[^1].Loss, 5);
    }

    [Fact]
    public void Run_LossThatIsNoNumber_StopsAndKeepsTheLastGoodCheckpoint()
    {
        Train(Recipe with { Options = Options with { Epochs = 1 } }, "a").Dispose();
        byte[] good = File.ReadAllBytes(CheckpointAt("a").Path);
        using NetworkTraining<DenseAutoencoder> training = (Recipe with { Options = Options with { LearningRate = 1e30 } }).Prepare(
            _images,
            CheckpointAt("a")
        );

        var stopped = Assert.Throws<TrainingStoppedException>(() => training.Run(_ => { }, CancellationToken.None));

        Assert.Contains("--learning-rate", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(good, File.ReadAllBytes(CheckpointAt("a").Path));
    }

    [Fact]
    public void Run_ProductSchedule_ReachesTheFloorOfPrincipalComponents()
    {
        LinearPair floor = PrincipalComponents.Fit(_images.Train, 4, mirrored: false).ToPair(4, DenseRecipe.Scale, DenseRecipe.Offset);
        using var network = new DenseAutoencoder(DenseRecipe.Geometry(_images.Train), 4);
        network.StartFrom(floor);
        using NetworkTraining<DenseAutoencoder> article = Train(Recipe, "a");
        using NetworkTraining<DenseAutoencoder> product = Train(DenseRecipe.Product(4, seed: 1), "b");
        using torch.Tensor test = _images.Test.ToTensor(DenseRecipe.Scale, DenseRecipe.Offset);

        using (torch.no_grad())
        using (torch.Tensor restored = network.forward(test))
        using (torch.Tensor loss = torch.nn.functional.mse_loss(restored, test))
            Assert.InRange(product.History[^1].ValidationLoss / loss.item<float>(), 0.9, 1.02);
        Assert.True(product.History[^1].ValidationLoss < article.History[^1].ValidationLoss);
    }

    [Fact]
    public void Run_EpochByEpoch_KeepsTheNumberOfLiveTensors()
    {
        var live = new List<long>();
        using NetworkTraining<DenseAutoencoder> training = (Recipe with { Options = Options with { Epochs = 6 } }).Prepare(
            _images,
            CheckpointAt("a")
        );
        training.Run(_ => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount), CancellationToken.None);

        // The first epoch allocates the optimizer's state; later epochs must not leak tensors.
        Assert.Single(live.Skip(1).Distinct());
    }

    [Fact]
    public void Constructor_NoEpochs_IsRefused()
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(() =>
            (Recipe with { Options = Options with { Epochs = 0 } }).Prepare(_images, CheckpointAt("a"))
        );
        Assert.Contains("Epochs", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_CodeLargerThanTheImage_SaysWhichSizesFit()
    {
        var refused = Assert.Throws<ArgumentException>(() => (Recipe with { CodeSize = 193 }).Prepare(_images, CheckpointAt("a")));
        Assert.Contains("193", refused.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 192", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_TooFewImages_SaysHowManyAreNeeded()
    {
        var refused = Assert.Throws<ArgumentException>(() =>
            (Recipe with { CodeSize = 32 }).Prepare(TinyImages.Create(train: 8), CheckpointAt("a"))
        );
        Assert.Contains("8 training images", refused.Message, StringComparison.Ordinal);
        Assert.Contains("at least 33", refused.Message, StringComparison.Ordinal);
    }

    private NetworkTraining<DenseAutoencoder> Train(DenseRecipe recipe, string name)
    {
        NetworkTraining<DenseAutoencoder> training = recipe.Prepare(_images, CheckpointAt(name));
        training.Run(_ => { }, CancellationToken.None);
        return training;
    }

    private Checkpoint CheckpointAt(string name) => new(_directory.File(name + ".checkpoint"));
}
