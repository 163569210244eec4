using Codec;
using Codec.Datasets;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Models;
using Codec.Trainer.Photos;
using Codec.Trainer.Training;

namespace Trainer.Tests.OwnData;

/// <summary>The model of photographs on a person's own images.</summary>
public sealed class OwnPhotosTests : IDisposable
{
    private static readonly PhotosPlan Plan = new([new QualityGroup(48, [40, 24])], Lambda: 0.3, Adaptation: 6, Epochs: 1, Seed: 7);

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_TinyImages_OfAFolderOfAnyName_GivesAModelWhoseQualitiesRise()
    {
        // 32×32: four blocks, none of which has every neighbour. Too few images to judge a filter.
        PhotoSet set = Read(_folder.Write("holiday", 12, 32, 32));
        Assert.Equal(12, set.Validation.Count + set.Test.Count + set.Photos.Count(photo => photo.Width == 32));
        ModelPackage package = Train(set);
        // No other images join a person's own.
        Assert.Equal(
            ("holiday", $"{set.Photos.Count}"),
            (package.Manifest.Provenance["data set"], package.Manifest.Provenance["training images"])
        );
        Assert.Null(package.Manifest.GetHead(ModelManifest.ImageHead).Filter);
        using CodecModel model = CodecModel.Load(package);
        Assert.Null(QualityFigures.Fault(QualityFigures.Measure(model, set.Test, TestContext.Current.CancellationToken)));
        Assert.Equal(set.TestDigest!.Value.Hex, package.Manifest.Provenance["held-out digest"]);
    }

    [Fact]
    public void Run_SameNumberOfOtherPhotographs_IsRefused()
    {
        PhotoSet first = Read(_folder.Write("a", 10, 40, 32)),
            second = Read(_folder.Write("b", 10, 40, 32, seed: 8));
        second = second with { Photos = [.. second.Photos.Take(first.Photos.Count)] };
        first = first with { Photos = [.. first.Photos.Take(second.Photos.Count)] };
        var checkpoint = new Checkpoint(_folder.File("checkpoint"));
        new PhotosTraining(SilentDisplay.Create(), checkpoint).Run(first, Plan, CancellationToken.None);
        var refusal = Assert.Throws<TrainingStoppedException>(() =>
            new PhotosTraining(SilentDisplay.Create(), checkpoint).Run(second, Plan, CancellationToken.None)
        );
        Assert.Contains("of other photographs", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_ImagesTooSmallToJudge_AreLeftOut()
    {
        PhotoSet set = Read(_folder.Write("narrow", 40, 40, 5));
        TrainedGrid trained = new PhotosTraining(SilentDisplay.Create(), new Checkpoint(_folder.File("checkpoint"))).Run(
            set,
            Plan,
            CancellationToken.None
        );
        Assert.Null(trained.Filter);
    }

    [Fact]
    public async Task TrainPhotos_AFolderForEachPart_HoldsOutTheirs()
    {
        string train = _folder.Write("parts/train", 9, 40, 32),
            test = _folder.Write("parts/test", 4, 40, 32, seed: 9);
        PhotoSet set = OwnPhotos.Read(train, validation: null, test, [], CancellationToken.None);
        Assert.Equal((9, 4, 4), (set.Photos.Count(photo => photo.Width == 40), set.Validation.Count, set.Test.Count));
        Assert.Equal(SplitKind.Folders, set.Rule!.Kind);
        string[] command = ["train", "photos", "--train", train, "--output", _folder.File("none.codec")];
        (await CommandRun.RunAsync(command)).Fails("--train needs --test", code: 2);
        (await CommandRun.RunAsync([.. command, "--test", test, "--data", train])).Fails("--data and --train cannot be combined", code: 2);
        (await CommandRun.RunAsync([.. command, "--test", train])).Fails("what is trained on cannot be held out");
        (await CommandRun.RunAsync("train", "photos", "--data", train, "--validate", test)).Fails("--validate needs --train", code: 2);
        (await CommandRun.RunAsync("train", "photos", "--data", train, "--portraits", "5")).Fails("leave it out with --data", code: 2);
    }

    [Fact]
    public async Task EvaluateAndShow_AModelOfAnySize_MeasureAFolderOfAnySizes()
    {
        _folder.Write("mixed", 3, 40, 32);
        _folder.Write("mixed/more", 3, 24, 24, seed: 9);
        string file = Repository.PathOf("models", "photos.codec");
        CommandRun run = (await CommandRun.RunAsync("evaluate", file, "--data", _folder.File("mixed"))).Succeeds();
        Assert.Contains("records no split", run.Output, StringComparison.Ordinal);
        string sheet = _folder.File("sheet.png");
        (await CommandRun.RunAsync("show", "--model", file, "--data", _folder.File("mixed"), "--output", sheet)).Succeeds();
        Assert.True(new FileInfo(sheet).Length > 500);
        (await CommandRun.RunAsync("evaluate", file)).Fails("images of any size");
    }

    private static PhotoSet Read(string folder) => OwnPhotos.Read(folder, SplitRule.Hashed(), [], CancellationToken.None);

    private ModelPackage Train(PhotoSet set)
    {
        TrainedGrid trained = new PhotosTraining(SilentDisplay.Create(), new Checkpoint(_folder.File("checkpoint"))).Run(
            set,
            Plan,
            CancellationToken.None
        );
        return PhotosJudge.KeepRising(
            trained,
            "holiday",
            set.Validation,
            ModelCard.Of(set, Plan.Seed),
            SilentDisplay.Create(),
            CancellationToken.None
        );
    }
}
