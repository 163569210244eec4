using Codec.Datasets;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Display;
using Codec.Trainer.Faces;
using Codec.Trainer.Models;
using Codec.Trainer.Training;
using Spectre.Console;
using TorchSharp;

namespace Trainer.Tests.OwnData;

/// <summary>The commands on a person's own images.</summary>
public sealed class OwnDataTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("abc")]
    [InlineData("16x")]
    [InlineData("3")]
    [InlineData("16x300")]
    public async Task Train_SizeThatIsNone_IsAUsageError(string size)
    {
        (await CommandRun.RunAsync("train", "faces", "--size", size)).Fails($"--size is {size}", code: 2);
        (await CommandRun.RunAsync("train", "faces", "--seed", "x1")).Fails("--seed is x1", code: 2);
    }

    [Theory]
    [InlineData("--epochs", "0", "--epochs is 0; 1 to 100000 are allowed")]
    [InlineData("--epochs", "many", "--epochs is many")]
    [InlineData("--learning-rate", "-1", "--learning-rate is -1; 0 to 1 are allowed")]
    [InlineData("--learning-rate", "NaN", "--learning-rate is NaN")]
    [InlineData("--code", "5000", "--code is 5000")]
    [InlineData("--sede", "5", "Unrecognized command or argument '--sede'")]
    public async Task Network_OptionOutOfRangeOrMisspelt_IsAUsageErrorBeforeAnythingIsRead(string option, string value, string message)
    {
        (await CommandRun.RunAsync("train", "dense", "--data", _folder.File("none"), option, value)).Fails(message, code: 2);
        (await CommandRun.RunAsync("train", "faces", "--latents", "5000")).Fails("--latents is 5000; 1 to 4096 are allowed", code: 2);
        string file = _folder.Write("photo.png", "no archive");
        (await CommandRun.RunAsync("train", "faces", "--data", file)).Fails("is a file; give a folder of images", code: 2);
    }

    [Fact]
    public async Task Faces_OwnImagesOfAnyShape_GiveAModelThatKnowsWhatItLearned()
    {
        string data = _folder.Write("camera", 150, width: 24, height: 16, channels: 1);
        string file = _folder.File("camera.codec");
        CommandRun run = (await Train(data, file)).Succeeds();
        ModelManifest manifest = ModelPackage.Load(file).Manifest;
        Assert.Equal((24, 16, 1), (manifest.Input.Width, manifest.Input.Height, manifest.Input.Channels));
        Assert.Contains("held-out images", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("Hash of Image, test 0.1", manifest.Provenance[ModelCard.Split], StringComparison.Ordinal);
        Assert.Contains(manifest.Provenance.Keys, key => key.StartsWith("held-out images, quality 0", StringComparison.Ordinal));

        // The images that the split holds out, also of a folder that grew; no image that was learned is called held out.
        CommandRun held = (await CommandRun.RunAsync("evaluate", file, "--data", data)).Succeeds();
        Assert.Contains("held out by the model's split", held.Output, StringComparison.Ordinal);
        (await CommandRun.RunAsync("evaluate", file, "--test", data)).Fails("on the training side");
        (await CommandRun.RunAsync("evaluate", file, "--test", data, "--any")).Succeeds();
        (await CommandRun.RunAsync("show", "--model", file, "--data", data, "--output", _folder.File("sheet.png"))).Succeeds();
        Assert.True(new FileInfo(_folder.File("sheet.png")).Length > 500);
    }

    [Fact]
    public async Task Faces_TargetsOfAPerson_AreReachedOrRefused()
    {
        string data = _folder.Write("avatars", 150);
        string file = _folder.File("avatars.codec");
        (await Train(data, file, "--psnr", "22", "25")).Succeeds();
        double[] decibels = Decibels(file);
        Assert.InRange(decibels[0], 21, 23);
        Assert.InRange(decibels[1], 24, 26);
        (await Train(data, file, "--psnr", "22", "59")).Fails("--psnr 59 is out of reach");
        (await Train(data, file, "--psnr", "25", "22")).Fails("each larger than the one before", code: 2);
        (await Train(data, file, "--bytes", "12", "24")).Succeeds();
        string figures = ModelPackage.Load(file).Manifest.Provenance["held-out images, quality 1"];
        Assert.InRange(double.Parse(figures.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), 20, 29);
    }

    [Theory]
    [InlineData("48")]
    [InlineData("1")]
    [InlineData("120")]
    public async Task Faces_AnyNumberOfLatents_GivesQualitiesThatRiseOrAReason(string latents)
    {
        string data = _folder.Write("avatars", 150);
        string file = _folder.File("avatars.codec");
        CommandRun run = await Train(data, file, "--latents", latents);
        if (run.Code != 0)
        {
            Assert.Equal(1, run.Code);
            Assert.StartsWith("trainer: ", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
            return;
        }

        double[] decibels = Decibels(file);
        Assert.Equal(decibels.Order(), decibels);
    }

    [Fact]
    public async Task Faces_FewOrMixedImages_SayWhatToDo()
    {
        (await Train(_folder.Write("few", 5), _folder.File("few.codec"))).Fails("too few");
        _folder.Write("mixed", 5);
        _folder.Write("mixed/large", 5, width: 40, height: 30);
        (await Train(_folder.File("mixed"), _folder.File("mixed.codec"))).Fails("set --size");
        (await CommandRun.RunAsync("train", "faces", "--data", _folder.File("none"))).Fails("no folder");
        (await CommandRun.RunAsync("train", "faces", "--train", _folder.File("few"))).Fails("--test", code: 2);
    }

    [Fact]
    public async Task Dense_SameCommandWithOtherImages_IsRefused()
    {
        string data = _folder.Write("set", 60);
        string[] command = ["train", "dense", "--data", data, "--code", "4", "--output", _folder.File("run"), "--epochs"];
        (await CommandRun.RunAsync([.. command, "2"])).Succeeds();
        // More epochs continue the run.
        CommandRun more = (await CommandRun.RunAsync([.. command, "3"])).Succeeds();
        Assert.Contains("Resumes after epoch 2", more.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 2:", more.Output, StringComparison.Ordinal);
        string[] curve = File.ReadAllLines(_folder.File("run/curves.csv"));
        Assert.Equal(["epoch", "1", "2", "3"], curve.Select(line => line.Split(',')[0]));
        Assert.NotEmpty(Directory.GetFiles(_folder.File("run/events")));
        Directory.Delete(data, recursive: true);
        _folder.Write("set", 60, seed: 8);
        (await CommandRun.RunAsync([.. command, "3"])).Fails("digest");
        (await CommandRun.RunAsync([.. command, "3", "--fresh"])).Succeeds();
    }

    [Theory]
    [InlineData("conv", "mse")]
    [InlineData("rate", "rate_distortion")]
    public async Task Network_SameCommandWithOtherImages_IsRefused(string network, string measure)
    {
        string data = _folder.Write("set", 60);
        string[] command = ["train", network, "--data", data, "--code", "4", "--output", _folder.File("run"), "--epochs", "1"];
        (await CommandRun.RunAsync(command)).Succeeds();
        Assert.Contains($"\"validation_{measure}\"", File.ReadAllText(_folder.File("run/metrics.json")), StringComparison.Ordinal);
        Directory.Delete(data, recursive: true);
        _folder.Write("set", 60, seed: 8);
        (await CommandRun.RunAsync(command)).Fails("digest");
    }

    [Fact]
    public void Faces_StoppedAndResumed_GivesTheModelOfARunThatWasNot()
    {
        Dataset images = Load("avatars", 7);
        Digest whole = Train(SilentDisplay.Create(), "whole", CancellationToken.None);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(StoppingDisplay.Create(stop, "of quality 0"), "stopped", stop.Token));
        var output = new StringWriter();
        var display = new StageDisplay(
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }),
            TimeProvider.System
        );
        Assert.Equal(whole, Train(display, "stopped", CancellationToken.None));
        Assert.Contains("Resumes after 1 qualities", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Principal components", output.ToString(), StringComparison.Ordinal);
        Dataset others = Load("others", 8);
        Assert.Contains(
            "other images",
            Assert.Throws<TrainingStoppedException>(() => Run(others, SilentDisplay.Create(), "stopped", CancellationToken.None)).Message,
            StringComparison.Ordinal
        );

        Dataset Load(string name, ulong seed) =>
            Dataset.Load(new FolderSource(_folder.Write(name, 150, seed: seed)), cancellationToken: TestContext.Current.CancellationToken);
        Digest Train(StageDisplay shown, string name, CancellationToken cancellationToken) => Run(images, shown, name, cancellationToken);
        Digest Run(Dataset data, StageDisplay shown, string name, CancellationToken cancellationToken) =>
            new FacesTraining(shown, new Checkpoint(_folder.File(name)))
                .Run(data, "avatars", FacesPlan.Of(data.Train), 7, QualityTargets.Reached, cancellationToken)
                .Version;
    }

    [Theory]
    [InlineData("cuda", "-p:TorchDevice=cuda", 1)]
    [InlineData("gpu", "cpu and cuda are allowed", 2)]
    public async Task Network_DeviceThatIsNotHere_NamesTheSwitchThatBuildsIt(string device, string remedy, int code)
    {
        Assert.SkipWhen(torch.cuda.is_available(), "This machine has a GPU.");
        string data = _folder.Write("set", 30);
        (
            await CommandRun.RunAsync("train", "dense", "--data", data, "--code", "2", "--output", _folder.File("run"), "--device", device)
        ).Fails(remedy, code);
    }

    [Fact]
    public async Task Dense_LossThatNoLongerFalls_StopsEarlyAndResumesStopped()
    {
        string data = _folder.Write("set", 60);
        string[] command =
        [
            .. new[] { "train", "dense", "--data", data, "--code", "4", "--output", _folder.File("run") },
            .. new[] { "--epochs", "40", "--learning-rate", "0.5", "--patience", "2" },
        ];
        CommandRun run = (await CommandRun.RunAsync(command)).Succeeds();
        Assert.Contains("Stopped early", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 40:", run.Output, StringComparison.Ordinal);
        CommandRun again = (await CommandRun.RunAsync(command)).Succeeds();
        Assert.DoesNotContain("loss 0", again.Output, StringComparison.Ordinal);
        Assert.Contains("Stopped early", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swap_OwnPeople_AreThoseOfTheFolder()
    {
        string data = _folder.Write("people", 90, labels: 2);
        string file = _folder.File("swap.codec");
        string[] command = ["train", "swap", "--code", "4", "--epochs", "1", "--output", _folder.File("run"), "--model", file, "--data"];
        (await CommandRun.RunAsync([.. command, data])).Succeeds();
        Assert.Equal(["image", "person-a", "person-b"], ModelPackage.Load(file).Manifest.Heads.Select(head => head.Name).Order());
        string one = _folder.Write("one", 60);
        (await CommandRun.RunAsync([.. command, one])).Fails("two people");
        (await CommandRun.RunAsync([.. command, data, "--people", "person A", "Nobody"])).Fails("two people");
    }

    private static Task<CommandRun> Train(string data, string file, params string[] more) =>
        CommandRun.RunAsync(["train", "faces", "--data", data, "--name", "own", "--output", file, .. more]);

    private static double[] Decibels(string file) =>
        [
            .. ModelPackage
                .Load(file)
                .Manifest.Provenance.Where(entry => entry.Key.StartsWith("held-out images, quality", StringComparison.Ordinal))
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => double.Parse(entry.Value.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture)),
        ];
}
