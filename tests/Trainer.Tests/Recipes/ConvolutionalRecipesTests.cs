using Codec.Datasets;
using Codec.Images;
using Codec.Tests.Shared;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;
using TorchSharp;

namespace Trainer.Tests.Recipes;

/// <summary>Trains the convolutional recipes on small images: each begins at the error of its linear code, and ends below it.</summary>
public sealed class ConvolutionalRecipesTests : IDisposable
{
    private const int Code = 4;
    private const int Epochs = 4;

    private readonly TemporaryDirectory _directory = new();
    private readonly Dataset _images = TinyImages.Load(new Spots(), heldOut: 32);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Autoencoder_FromPrincipalComponents_EndsBelowTheirLoss(bool mirrored)
    {
        ConvolutionalRecipe recipe = Autoencoder(mirrored);
        var components = PrincipalComponents.Fit(_images.Train, Code, mirrored);
        using NetworkTraining<ConvolutionalAutoencoder> training = recipe.Prepare(_images, CheckpointAt("a"), components);
        double linear = LinearLoss(components.ToPair(Code, DenseRecipe.Scale, DenseRecipe.Offset), noise: 0);

        Assert.Equal(linear, Untrained(training.Network, new Reconstruction(_images, training.Network.Input)), 6);
        training.Run(_ => { }, CancellationToken.None);
        Assert.InRange(training.History[^1].ValidationLoss / linear, 0, 0.97);
    }

    [Fact]
    public void Denoiser_FromTheBestLinearOne_EndsBelowItsLoss()
    {
        DenoiserRecipe recipe = DenoiserRecipe.Faces(Code, seed: 1);
        // There is as much noise as signal, so attenuating latents helps, and there is much noise to remove.
        recipe = recipe with
        {
            Noise = 0.4,
            Options = Short(recipe.Options),
        };
        var components = PrincipalComponents.Fit(_images.Train, Code, mirrored: true);
        using NetworkTraining<ConvolutionalDenoiser> training = recipe.Prepare(_images, CheckpointAt("a"), components);
        double plain = LinearLoss(components.ToPair(Code, DenseRecipe.Scale, DenseRecipe.Offset), recipe.Noise);
        double shrunk = LinearLoss(
            components.ToPair(Code, DenseRecipe.Scale, DenseRecipe.Offset, recipe.Noise / DenseRecipe.Scale),
            recipe.Noise
        );

        Assert.True(shrunk < plain);
        Assert.Equal(shrunk, Untrained(training.Network, new Reconstruction(_images, training.Network.Input, recipe.Noise)), 6);
        training.Run(_ => { }, CancellationToken.None);
        Assert.InRange(training.History[^1].ValidationLoss / shrunk, 0, 0.99);
    }

    [Fact]
    public void Mask_OfSyntheticFaces_LearnsTheirRegions()
    {
        Dataset faces = Dataset.Load(
            new SyntheticFaces(count: 200, width: 16, height: 16),
            cancellationToken: TestContext.Current.CancellationToken
        );
        MaskRecipe recipe = MaskRecipe.Faces(codeSize: 20, seed: 1);
        recipe = recipe with { Options = Short(recipe.Options) };
        using NetworkTraining<FaceSegmenter> training = recipe.Prepare(faces, CheckpointAt("a"));
        training.Run(_ => { }, CancellationToken.None);

        using var scope = torch.NewDisposeScope();
        double guess = Math.Log(FaceSegmenter.Regions);
        Assert.InRange(training.History[^1].ValidationLoss, 0, 0.6 * guess);
    }

    [Fact]
    public void Swap_OfTwoPeople_GivesEachHeadItsOwnPerson()
    {
        Dataset people = TinyImages.Load(new TwoPeople(), heldOut: 16);
        SwapRecipe recipe = Swap();
        using NetworkTraining<ConvolutionalAutoencoder> training = recipe.Prepare(people, CheckpointAt("a"));
        training.Run(_ => { }, CancellationToken.None);

        Assert.Equal(["image", "dark-one", "light-one"], training.Network.Heads.Keys);
        using var scope = torch.NewDisposeScope();
        using var frozen = torch.no_grad();
        training.Network.eval();
        torch.Tensor latents = training.Network.encode(torch.full(1, people.Test.ImageLength, 0.25f)); // a light one's
        double Brightness(string head) => training.Network.decode(latents, head).mean().item<float>();
        Assert.True(Brightness("dark-one") < Brightness("light-one") - 0.1);
    }

    [Fact]
    public void EveryRecipe_EpochByEpoch_KeepsTheNumberOfLiveTensors()
    {
        Dataset faces = Dataset.Load(
            new SyntheticFaces(count: 80, width: 16, height: 16),
            cancellationToken: TestContext.Current.CancellationToken
        );
        AssertFlat(Autoencoder(mirrored: true).Prepare(_images, CheckpointAt("a")));
        AssertFlat(
            (DenoiserRecipe.Faces(Code, 1) with { Options = Short(DenoiserRecipe.Faces(Code, 1).Options) }).Prepare(
                _images,
                CheckpointAt("b")
            )
        );
        AssertFlat(
            (MaskRecipe.Faces(Code, 1) with { Options = Short(MaskRecipe.Faces(Code, 1).Options) }).Prepare(faces, CheckpointAt("c"))
        );
        AssertFlat(Swap().Prepare(TinyImages.Load(new TwoPeople(), heldOut: 16), CheckpointAt("d")));
    }

    [Fact]
    public void Swap_Stopped_ResumesToTheSameEnd()
    {
        // The recipe with the most random choices: people, mirror images, shifts and distortions.
        Dataset people = TinyImages.Load(new TwoPeople(), heldOut: 16);
        using NetworkTraining<ConvolutionalAutoencoder> whole = Swap().Prepare(people, CheckpointAt("whole"));
        whole.Run(_ => { }, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        using (NetworkTraining<ConvolutionalAutoencoder> stopped = Swap().Prepare(people, CheckpointAt("stopped")))
            Assert.Throws<OperationCanceledException>(() => stopped.Run(_ => stop.Cancel(), stop.Token));

        using NetworkTraining<ConvolutionalAutoencoder> resumed = Swap().Prepare(people, CheckpointAt("stopped"));
        resumed.Resume();
        resumed.Run(_ => { }, CancellationToken.None);

        Assert.Equal(whole.History, resumed.History);
    }

    [Fact]
    public void Prepare_ImagesThatDoNotSuit_SaysWhatWould()
    {
        var masks = Assert.Throws<ArgumentException>(() => MaskRecipe.Faces(Code, 1).Prepare(_images, CheckpointAt("a")));
        Assert.Contains("synthetic", masks.Message, StringComparison.Ordinal);
        var person = Assert.Throws<ArgumentException>(() => Swap().Prepare(_images, CheckpointAt("a")));
        Assert.Contains("Dark_One", person.Message, StringComparison.Ordinal);
        var side = Assert.Throws<ArgumentException>(() =>
            Autoencoder(mirrored: true).Prepare(TinyImages.Create(side: 10), CheckpointAt("a"))
        );
        Assert.Contains("multiples of 4", side.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => (Autoencoder(mirrored: true) with { CodeSize = 193 }).Prepare(_images, CheckpointAt("a")));
    }

    private static ConvolutionalRecipe Autoencoder(bool mirrored)
    {
        ConvolutionalRecipe recipe = ConvolutionalRecipe.Faces(Code, seed: 1);
        return recipe with { Widths = ConvolutionalWidths.Digits, Mirrored = mirrored, Options = Short(recipe.Options) };
    }

    private static SwapRecipe Swap()
    {
        SwapRecipe recipe = SwapRecipe.Faces(Code, seed: 1);
        return recipe with { People = ["Dark_One", "Light_One"], Options = Short(recipe.Options) with { Epochs = 3 } };
    }

    private static TrainingOptions Short(TrainingOptions options) => options with { Epochs = Epochs, BatchSize = 16, Threads = 1 };

    private static void AssertFlat<TNetwork>(NetworkTraining<TNetwork> training)
        where TNetwork : torch.nn.Module
    {
        using (training)
        {
            var live = new List<long>();
            training.Run(_ => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount), CancellationToken.None);
            // The first epoch allocates the optimizer's state; later epochs must not leak tensors.
            Assert.Single(live.Skip(1).Distinct());
        }
    }

    private double LinearLoss(LinearPair pair, double noise)
    {
        using var network = new DenseAutoencoder(DenseRecipe.Geometry(_images.Train), Code);
        network.StartFrom(pair);
        return Untrained(network, new Reconstruction(_images, network.Input, noise));
    }

    private static double Untrained(CodecNetwork network, Reconstruction objective)
    {
        using var frozen = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using (objective)
            return objective.Validate(network);
    }

    private Checkpoint CheckpointAt(string name) => new(_directory.File(name + ".checkpoint"));

    /// <summary>A light spot on a dark background: two numbers describe it, but four latents of a linear code do not.</summary>
    private sealed class Spots : IDataSource
    {
        public string Name => "spots";

        public string License => "none needed";

        public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var random = new Random(3);
            for (int n = 0; n < 320; n++)
            {
                double x = random.NextDouble() * 7,
                    y = random.NextDouble() * 7;
                var pixels = new byte[8 * 8 * 3];
                for (int i = 0; i < pixels.Length; i++)
                    pixels[i] = (byte)(20 + 200 * Math.Exp(-(Math.Pow(i / 3 % 8 - x, 2) + Math.Pow(i / 24 - y, 2)) / 6));
                yield return new LabeledImage($"{n}", "spot", new Raster(8, 8, 3, pixels));
            }
        }
    }

    /// <summary>Plain images of two people in turn, one always darker than the other.</summary>
    private sealed class TwoPeople : IDataSource
    {
        public string Name => "two people";

        public string License => "none needed";

        public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var random = new Random(5);
            for (int n = 0; n < 64; n++)
            {
                bool light = n % 2 == 1;
                var pixels = new byte[8 * 8 * 3];
                int left = random.Next(40),
                    right = random.Next(40);
                for (int i = 0; i < pixels.Length; i++)
                    pixels[i] = (byte)((light ? 150 : 40) + (i / 3 % 8 < 4 ? left : right) + random.Next(8));
                yield return new LabeledImage($"{n}", light ? "Light_One" : "Dark_One", new Raster(8, 8, 3, pixels));
            }
        }
    }
}
