using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Models;
using Codec.Trainer.Photos;
using Codec.Trainer.Training;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer train photos</c>: trains the codec of photographs of any size.</summary>
internal static class TrainPhotosCommand
{
    public static Command Create(StageDisplay display)
    {
        var path = new Option<string?>("--data")
        {
            Description = "Folder of your photographs. By default the shipped model's: photos-train and photos-more are searched for.",
        };
        Options.RefuseEmpty(path);
        var output = new Option<FileInfo>("--output")
        {
            Description = "The model file to write.",
            DefaultValueFactory = _ => new FileInfo("artifacts/models/photos.codec"),
        };
        var name = new Option<string>("--name") { Description = "The model's name.", DefaultValueFactory = _ => "photos" };
        var parts = new PartOptions();
        Option<FileInfo?> from = From();
        Option<int> portraits = BoundedOption.Create(
            "--portraits",
            0,
            0,
            5000,
            "How many portraits of Labeled Faces in the Wild (research only) to add to the shipped model's photographs, one a person, of people who are not held out."
        );
        var predictColours = new Option<bool>("--predict-colours")
        {
            Description =
                "Predict colours from the luminance: about 3 % fewer bytes of photographs with fine colour, but decoding takes a quarter "
                + "longer and encoding two fifths.",
        };
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of everything random.");
        Option<bool> fresh = Options.Fresh();
        var command = new Command("photos", "Train the codec of photographs of any size, with up to nine qualities.")
        {
            path,
            from,
            output,
            name,
            portraits,
            predictColours,
            seed,
            fresh,
        };
        foreach (Option option in parts.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                string? folder = arguments.GetValue(path);
                PartFolders? folders = parts.FoldersOf(arguments, folder);
                bool own = folder is not null || folders is not null;
                if (own && arguments.GetValue(portraits) > 0)
                    throw new UsageException("--portraits adds faces to the shipped photographs only; leave it out with --data.");
                if (!own && arguments.GetValue(from) is not null)
                    throw new UsageException("--from needs your photographs: give their folder with --data, or --train and --test.");
                if (arguments.GetValue(from) is not null && arguments.GetValue(predictColours))
                    throw new UsageException("--predict-colours is of a training from nothing; leave it out with --from.");
                StartModel? start = arguments.GetValue(from) is { } file ? StartModel.Load(file) : null;
                PhotoSet set = own
                    ? ReadOwn(folder, folders, parts.SplitOf(arguments), new DataOptions(), display, cancellationToken)
                    : ShippedPhotos.Read(arguments.GetValue(portraits), display, cancellationToken);
                Train(
                    display,
                    set,
                    start,
                    PhotosPlan.Standard(arguments.GetValue(seed), arguments.GetValue(predictColours)),
                    arguments.GetValue(name)!,
                    arguments.GetValue(output)!,
                    arguments.GetValue(fresh),
                    cancellationToken
                );
            }
        );
    }

    /// <summary>The option of the model at whose tables a training starts.</summary>
    public static Option<FileInfo?> From() =>
        new("--from")
        {
            Description =
                "A model of photographs (photos.codec) to start from: its prior and post-filter are fine-tuned on your photographs, "
                + "in a fraction of the time.",
        };

    /// <summary>Trains on a set, measures the model on held-out photographs, and writes it.</summary>
    /// <exception cref="TrainingStoppedException">A fine-tuned model is no better than the one it started from.</exception>
    public static ModelPackage Train(
        StageDisplay display,
        PhotoSet set,
        StartModel? start,
        PhotosPlan plan,
        string name,
        FileInfo file,
        bool fresh,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(file.DirectoryName!);
        var checkpoint = new Checkpoint(file.FullName + ".checkpoint");
        if (fresh)
            checkpoint.Delete();
        if (start is null && set.Rule is not null)
            display.Line("--from photos.codec would fine-tune a published model in a part of the time.");
        PhotoSet coded = set.Stretched();
        TrainedGrid trained = start is null
            ? new PhotosTraining(display, checkpoint).Run(coded, plan, cancellationToken)
            : new PhotosTuning(display, checkpoint).Run(start, coded, plan.Seed, cancellationToken);
        ModelPackage package = display.Run(
            "Qualities on validation photographs",
            _ =>
                PhotosJudge.KeepRising(
                    trained,
                    name,
                    set.Validation,
                    ModelCard.Of(set, plan.Seed, start?.Package),
                    display,
                    cancellationToken
                )
        );
        IReadOnlyList<Raster> measured = [.. set.Test.Take(EvaluateCommand.StandardCount)];
        if (start is not null)
            StartComparison.Require(display, package, start.Package, measured, cancellationToken);
        package = TrainCommand.Save(display, package, file, measured, cancellationToken);
        checkpoint.Delete();
        return package;
    }

    /// <summary>Reads a person's photographs: a folder to divide, or one for each part.</summary>
    public static PhotoSet ReadOwn(
        string? folder,
        PartFolders? parts,
        SplitBy by,
        DataOptions data,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        var skipped = new List<string>();
        PhotoSet set = display.Run(
            $"Photographs of {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder ?? parts!.Train))}",
            _ =>
                parts is null
                    ? OwnPhotos.Read(folder!, SplitRule.Hashed(by), skipped, cancellationToken)
                    : OwnPhotos.Read(parts.Train, parts.Validation, parts.Test, skipped, cancellationToken)
        );
        data.Report(display, skipped);
        if (set.Exact > 0)
            display.Line($"{set.Exact:N0} images have so few colours that every model of photographs keeps them exact; they are left out.");
        display.Line(
            $"{set.Photos.Count:N0} training images (some of them at half their scale), {set.Validation.Count:N0} for validation, {set.Test.Count:N0} held out."
        );
        return set;
    }
}
