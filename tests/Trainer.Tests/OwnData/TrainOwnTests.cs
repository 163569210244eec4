using System.Text.Json;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Faces;
using Codec.Trainer.Own;
using Codec.Trainer.Runs;

namespace Trainer.Tests.OwnData;

/// <summary><c>trainer train --data FOLDER</c>: a model, a table of peers, a verdict and the record of the run.</summary>
public sealed class TrainOwnTests : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_AFolder_EndsWithAModelATableAndARecord()
    {
        string data = _folder.Write("avatars", 160, width: 24, height: 16),
            output = _folder.File("run");
        _folder.Write("avatars/scan.tif", "II*");
        CommandRun run = (
            await CommandRun.RunAsync(
                "train",
                "--data",
                data,
                "--size",
                "24x16",
                "--name",
                "avatars",
                "--licence",
                "ours",
                "--output",
                output
            )
        ).Succeeds();
        Assert.Contains("--size asks for 24×16", run.Output, StringComparison.Ordinal);
        foreach (string column in new[] { "WebP", "AVIF", "published photos" })
            Assert.Contains(column, run.Output, StringComparison.Ordinal);

        RunDescription record = JsonSerializer.Deserialize<RunDescription>(
            File.ReadAllBytes(Path.Combine(output, RunRecord.FileName)),
            Json
        )!;
        ModelPackage package = ModelPackage.Load(Path.Combine(output, "avatars.codec"));
        Assert.Equal((package.Version.Hex, 160), (record.Version, record.Images));
        Assert.Equal("ours", package.Manifest.Provenance["licence of the data"]);
        Assert.Contains(record.Verdict!, run.Output, StringComparison.Ordinal);
        Assert.InRange(record.PeakBytes!.Value, 1 << 20, 1L << 34);
        Assert.Contains("scan.tif", Assert.Single(File.ReadAllLines(Path.Combine(output, "skipped.txt"))), StringComparison.Ordinal);
        Assert.Contains(
            File.ReadAllLines(Path.Combine(output, "stages.csv")),
            line => line.StartsWith("\"Principal components\",", StringComparison.Ordinal)
        );

        // Neither a run that cannot succeed nor one of other images touches the model, nor the record that describes it.
        byte[] written = File.ReadAllBytes(Path.Combine(output, RunRecord.FileName));
        string[] other = ["train", "--data", data, "--size", "24x16", "--name", "avatars", "--output", output];
        foreach (string[] arguments in new[] { other, [.. other, "--psnr", "90", ConfigFile.FreshOption] })
        {
            CommandRun refused = await CommandRun.RunAsync(arguments);
            Assert.NotEqual(0, refused.Code);
            Assert.Equal(arguments == other, refused.Error.Contains("the model of another run", StringComparison.Ordinal));
            Assert.Equal(written, File.ReadAllBytes(Path.Combine(output, RunRecord.FileName)));
            Assert.Equal(package.Version, ModelPackage.Load(Path.Combine(output, "avatars.codec")).Version);
        }

        // The record runs again, with one option replaced.
        string[] again = ConfigFile.Expand(["train", "--config", Path.Combine(output, RunRecord.FileName), "--name", "other"]);
        Assert.Equal("other", again[Array.IndexOf(again, "--name") + 1]);
        Assert.Single(again, argument => argument == "--name");
        Assert.Equal(data, again[Array.IndexOf(again, "--data") + 1]);
        Assert.Equal("train", again[0]);
    }

    [Fact]
    public void Find_ImagesWithTooLittleInCommon_SaysSoUnlessTargetsAreGiven()
    {
        // Components that describe unseen images of 16×16 in three colours with 22 dB, most of whose energy they hold.
        double unseen = 768 * 255.0 * 255.0 * Math.Pow(10, -2.2);
        var search = new AimSearch(768, trained: unseen / 2, unseen, [.. Enumerable.Range(1, 60).Select(i => 4e7f / (i * i))]);
        QualityTargets least = QualityTargets.Reached with { Least = ModelFamily.LeastDecibels };
        Assert.Contains(
            "with only 22.0 dB",
            Assert.Throws<LowCeilingException>(() => search.Find(least)).Message,
            StringComparison.Ordinal
        );
        Assert.NotEmpty(search.Find(QualityTargets.Reached));
        Assert.NotEmpty(search.Find(new QualityTargets([18, 20], []) { Least = ModelFamily.LeastDecibels }));
    }

    [Fact]
    public async Task Train_WhatCannotBe_SaysWhy()
    {
        string few = _folder.Write("few", 4);
        (await CommandRun.RunAsync("train")).Fails("--data with a folder", code: 2);
        (await CommandRun.RunAsync("train", "--data", few)).Fails("too few to train on");
        (await CommandRun.RunAsync("train", "--data", few, "--name", "My Model")).Fails("--name is 'My Model'", code: 2);
        (await CommandRun.RunAsync("train", "--data", few, "--psnr", "20", "--bytes", "9")).Fails("cannot be combined", code: 2);
        Assert.Throws<InvalidDataException>(() => ConfigFile.Expand(["train", "--config"]));
        string notes = _folder.Write("notes.json", "[]");
        Assert.Throws<InvalidDataException>(() => ConfigFile.Expand(["train", "--config", notes]));
    }
}
