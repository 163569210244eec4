using Codec.Datasets;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;
using TorchSharp;

namespace Trainer.Tests.Training;

public sealed class DenseTrainingTests : IDisposable
{
    private static readonly DenseOptions Options = new(DenseSchedule.Article, CodeSize: 4, Epochs: 4, BatchSize: 16, LearningRate: 1e-2, Seed: 1);
    private readonly string _directory = Directory.CreateTempSubdirectory("codec-dense-").FullName;
    private readonly Dataset _images = TinyImages.Create();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Network_OfTheArticle_HasItsNumberOfParameters()
    {
        using var network = new DenseAutoencoder(32 * 32 * 3, 32);
        Assert.Equal([98_304L, 32L, 98_304L, 3_072L], network.parameters().Select(parameter => parameter.numel()));
        Assert.Equal(199_712L, network.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Run_ArticleSchedule_LowersBothLosses()
    {
        using DenseTraining training = Train(Options, "a");

        Assert.Equal(4, training.History.Count);
        Assert.True(training.History[^1].Loss < 0.5 * training.History[0].Loss);
        Assert.True(training.History[^1].ValidationLoss < training.History[0].ValidationLoss);
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameWeights()
    {
        using DenseTraining first = Train(Options, "a");
        using DenseTraining second = Train(Options, "b");
        using DenseTraining other = Train(Options with { Seed = 2 }, "c");

        Assert.Equal(first.Network.ToPair().EncoderWeights, second.Network.ToPair().EncoderWeights);
        Assert.Equal(first.History, second.History);
        Assert.NotEqual(first.Network.ToPair().EncoderWeights, other.Network.ToPair().EncoderWeights);
    }

    [Fact]
    public void Resume_AfterBeingStopped_EndsAsIfItHadNotBeen()
    {
        using DenseTraining whole = Train(Options, "whole");
        using var stop = new CancellationTokenSource();
        using (var stopped = new DenseTraining(_images, Options, CheckpointAt("stopped")))
        {
            Assert.Throws<OperationCanceledException>(() => stopped.Run(
                result =>
                {
                    if (result.Epoch == 2) stop.Cancel();
                },
                stop.Token));
        }

        using var resumed = new DenseTraining(_images, Options, CheckpointAt("stopped"));
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
        Train(Options, "a").Dispose();
        using var training = new DenseTraining(_images, Options with { CodeSize = 5 }, CheckpointAt("b"));
        File.Copy(CheckpointAt("a").Path, CheckpointAt("b").Path);

        Assert.Throws<TrainingStoppedException>(training.Resume);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not a zip archive")]
    public void Resume_NoUsableCheckpoint_SaysSo(string? content)
    {
        Checkpoint checkpoint = CheckpointAt("a");
        if (content is not null) File.WriteAllText(checkpoint.Path, content);
        using var training = new DenseTraining(_images, Options, checkpoint);

        var stopped = Assert.Throws<TrainingStoppedException>(training.Resume);

        Assert.Contains(checkpoint.Path, stopped.Message, StringComparison.Ordinal);
        Assert.Contains("--resume", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LossThatIsNoNumber_StopsAndKeepsTheLastGoodCheckpoint()
    {
        Train(Options with { Epochs = 1 }, "a").Dispose();
        byte[] good = File.ReadAllBytes(CheckpointAt("a").Path);
        using var training = new DenseTraining(_images, Options with { LearningRate = 1e30 }, CheckpointAt("a"));

        var stopped = Assert.Throws<TrainingStoppedException>(() => training.Run(_ => { }, CancellationToken.None));

        Assert.Contains("--learning-rate", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(good, File.ReadAllBytes(CheckpointAt("a").Path));
    }

    [Fact]
    public void Run_ProductSchedule_ReachesTheFloorOfPrincipalComponents()
    {
        LinearPair floor = PrincipalComponents.Fit(_images.Train, 4, mirrored: false).ToPair(4, DenseTraining.Scale, DenseTraining.Offset);
        using var network = new DenseAutoencoder(_images.Train.ImageLength, 4);
        network.StartFrom(floor);
        using DenseTraining article = Train(Options, "a");
        using DenseTraining product = Train(DenseOptions.Product(4, seed: 1), "b");
        using torch.Tensor test = _images.Test.ToTensor(DenseTraining.Scale, DenseTraining.Offset);

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
        using var training = new DenseTraining(_images, Options with { Epochs = 6 }, CheckpointAt("a"));
        training.Run(_ => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount), CancellationToken.None);

        // The optimizer's state comes into being in the first epoch; from then on nothing may be left behind.
        Assert.Single(live.Skip(1).Distinct());
    }

    [Fact]
    public void Constructor_CodeLargerThanTheImage_SaysWhichSizesFit()
    {
        var refused = Assert.Throws<ArgumentException>(() => new DenseTraining(_images, Options with { CodeSize = 193 }, CheckpointAt("a")));
        Assert.Contains("193", refused.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 192", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_TooFewImages_SaysHowManyAreNeeded()
    {
        var refused = Assert.Throws<ArgumentException>(() => new DenseTraining(TinyImages.Create(train: 8), Options with { CodeSize = 32 }, CheckpointAt("a")));
        Assert.Contains("8 training images", refused.Message, StringComparison.Ordinal);
        Assert.Contains("at least 33", refused.Message, StringComparison.Ordinal);
    }

    private DenseTraining Train(DenseOptions options, string name)
    {
        var training = new DenseTraining(_images, options, CheckpointAt(name));
        training.Run(_ => { }, CancellationToken.None);
        return training;
    }

    private Checkpoint CheckpointAt(string name) => new(Path.Combine(_directory, name + ".checkpoint"));
}
