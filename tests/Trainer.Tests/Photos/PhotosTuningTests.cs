using Codec;
using Codec.Datasets;
using Codec.Entropy;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Models;
using Codec.Trainer.Photos;
using Codec.Trainer.Priors;
using Codec.Trainer.Training;

namespace Trainer.Tests.Photos;

/// <summary><c>--from</c>: a published model of photographs, fine-tuned on others.</summary>
public sealed class PhotosTuningTests : IDisposable
{
    private static readonly PhotosPlan Plan = new([new QualityGroup(48, [40, 24, 14])], Lambda: 0.3, Adaptation: 6, Epochs: 1, Seed: 7);

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Draft_OfAPublishedModel_RoundsToTheTablesThatItWasReadFrom()
    {
        StartModel start = StartModel.Load(new FileInfo(Repository.PathOf("models", "photos.codec")));
        int qualities = start.Tables.Qualities.Length;
        Assert.Equal([qualities - 3, qualities - 1], Enumerable.Range(0, qualities).Where(start.SharesWeights));
        PriorTables again = QualityDraft.ToPrior([.. Enumerable.Range(0, qualities).Select(start.Draft)]).Tables;
        for (int quality = 0; quality < qualities; quality++)
        {
            (PriorQuality before, PriorQuality after) = (start.Tables.Qualities[quality], again.Qualities[quality]);
            Assert.Equal(before.Biases, after.Biases);
            Assert.Equal(before.Weights, after.Weights);
            Assert.Equal(before.Centroids, after.Centroids);
            Assert.All(before.Continue.Zip(after.Continue), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
            Assert.Equal(before.Grid!.Neighbours, after.Grid!.Neighbours);
            Assert.Equal(before.Grid.Spread, after.Grid.Spread);
            Assert.Equal(before.Grid.Divided, after.Grid.Divided);
            Assert.Equal(before.Grid.Offsets, after.Grid.Offsets);
            Assert.Equal(before.Grid.Steps!.Offsets, after.Grid.Steps!.Offsets);
            AssertNear(before.Grid.Extents, after.Grid.Extents);
            AssertNear(before.Grid.Transforms, after.Grid.Transforms);
            AssertNear(before.Grid.Signs, after.Grid.Signs);
        }

        static void AssertNear(ushort[] before, ushort[] after) =>
            Assert.All(before.Zip(after), pair => Assert.InRange(pair.First - pair.Second, -16, 16));
    }

    [Fact]
    public async Task TrainPhotos_FromAModelOfOtherPictures_TakesFewerBytesWithItsTransformAndSteps()
    {
        string file = WriteStart();
        string data = WriteStripes("stripes", 30);
        string output = _folder.File("own.codec");
        string[] command = ["train", "photos", "--from", file, "--data", data, "--name", "own", "--output", output];
        CommandRun run = (await CommandRun.RunAsync(command)).Succeeds();
        Assert.Contains("fewer bytes than pictures at the same PSNR", run.Output, StringComparison.Ordinal);
        Assert.Contains("pictures at that PSNR", run.Output, StringComparison.Ordinal);

        (ModelPackage start, ModelPackage own) = (ModelPackage.Load(file), ModelPackage.Load(output));
        Assert.Equal(start.Manifest.Encoder, own.Manifest.Encoder);
        Assert.Equal(start.Manifest.Qualities, own.Manifest.Qualities);
        Assert.NotEqual(start.Manifest.Prior, own.Manifest.Prior);
        Assert.Equal($"pictures@sha256:{start.Version.Hex}", own.Manifest.Provenance[ModelCard.Start]);
        Assert.Equal("stripes", own.Manifest.Provenance["data set"]);
        Assert.Equal("synthetic faces", own.Manifest.Provenance["data set, start"]);
        (await CommandRun.RunAsync("evaluate", output, "--data", data)).Succeeds();

        // A model that takes no fewer bytes than the one that it started from is not written.
        Raster[] images = [.. new FolderSource(data).Read(null, CancellationToken.None).Take(4).Select(image => image.Image)];
        TrainingStoppedException refusal = Assert.Throws<TrainingStoppedException>(() =>
            StartComparison.Require(SilentDisplay.Create(), start, own, images, CancellationToken.None)
        );
        Assert.Contains("No model was written", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_StoppedAndResumed_GivesTheModelOfARunThatWasNot()
    {
        StartModel start = StartModel.Load(new FileInfo(WriteStart()));
        PhotoSet set = OwnPhotos.Read(WriteStripes("stripes", 12), SplitRule.Hashed(), [], CancellationToken.None);
        Digest whole = Tune("whole", CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var checkpoint = new Checkpoint(_folder.File("stopped"));
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new PhotosTuning(StoppingDisplay.Create(stop, "Quality 0"), checkpoint).Run(start, set, 7, stop.Token)
        );
        Assert.Equal(whole, Tune("stopped", CancellationToken.None));
        // The same photographs from the start without a model are another run.
        Assert.Throws<TrainingStoppedException>(() =>
            new PhotosTraining(SilentDisplay.Create(), checkpoint).Run(set, Plan, CancellationToken.None)
        );

        Digest Tune(string name, CancellationToken cancellationToken) =>
            new PhotosTuning(SilentDisplay.Create(), new Checkpoint(_folder.File(name)))
                .Run(start, set, 7, cancellationToken)
                .ToModel("own", ModelCard.Of(set, 7, start.Package))
                .Version;
    }

    [Fact]
    public async Task Train_FromWhatCannotBe_SaysWhatIsNeeded()
    {
        string small = _folder.File("small.codec");
        SmallModel.Create().Save(small);
        string data = WriteStripes("stripes", 12);
        (await CommandRun.RunAsync("train", "--data", data, "--from", small)).Fails("small-8 is a model of one size (8×8)");
        string start = WriteStart();
        (await CommandRun.RunAsync("train", "--data", data, "--from", start, "--size", "32")).Fails(
            "--from and --size cannot be combined",
            code: 2
        );
        (await CommandRun.RunAsync("train", "photos", "--from", start)).Fails("--from needs your photographs", code: 2);
        string[] colours = ["train", "photos", "--from", start, "--data", data, "--predict-colours"];
        (await CommandRun.RunAsync(colours)).Fails("leave it out with --from", code: 2);
        (await CommandRun.RunAsync("train", "photos", "--from", _folder.File("none.codec"), "--data", data)).Fails("none.codec");
    }

    private string WriteStart()
    {
        var set = new PhotoSet(
            [.. new SyntheticFaces(6, 96, 80).Read(null, CancellationToken.None).Select(picture => picture.Image)],
            "synthetic faces",
            "none"
        );
        string file = _folder.File("start.codec");
        new PhotosTraining(SilentDisplay.Create(), new Checkpoint(_folder.File("start")))
            .Run(set, Plan, CancellationToken.None)
            .ToModel("pictures", ModelCard.Of(set, Plan.Seed))
            .Save(file);
        return file;
    }

    /// <summary>Writes pictures of stripes: nothing like faces.</summary>
    private string WriteStripes(string name, int count)
    {
        const int side = 64;
        var random = new Random(5);
        for (int n = 0; n < count; n++)
        {
            (double across, double down, double phase) = (random.NextDouble() * 1.5, random.NextDouble() * 1.5, random.NextDouble() * 6);
            var samples = new byte[side * side * 3];
            for (int i = 0; i < samples.Length; i++)
            {
                double wave = Math.Sin(i / 3 % side * across + i / 3 / side * down + phase) + 0.4 * random.NextDouble();
                samples[i] = (byte)Math.Clamp(128 + 70 * wave, 0, 255);
            }

            _folder.Write($"{name}/{n:D3}.png", ImageFile.EncodePng(new Raster(side, side, 3, samples)));
        }

        return _folder.File(name);
    }
}
