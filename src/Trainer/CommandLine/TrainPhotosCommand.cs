using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Models;
using Codec.Trainer.Display;
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
        var output = new Option<FileInfo>("--output")
        {
            Description = "The model file to write.",
            DefaultValueFactory = _ => new FileInfo("artifacts/models/photos.codec"),
        };
        var name = new Option<string>("--name") { Description = "The model's name.", DefaultValueFactory = _ => "photos" };
        var holdOut = new Option<SplitBy>("--hold-out")
        {
            Description = "What is held out together: an Image, or all images of a Label (a subfolder).",
            DefaultValueFactory = _ => SplitBy.Image,
        };
        Option<int> portraits = BoundedOption.Create(
            "--portraits",
            0,
            0,
            5000,
            "How many portraits of Labeled Faces in the Wild (research only) to add to the shipped model's photographs, one a person, of people who are not held out."
        );
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of everything random.");
        Option<bool> fresh = Options.Fresh();
        var command = new Command("photos", "Train the codec of photographs of any size, with up to nine qualities.")
        {
            path,
            output,
            name,
            holdOut,
            portraits,
            seed,
            fresh,
        };
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                PhotoSet set = arguments.GetValue(path) is { } folder
                    ? ReadOwn(
                        folder,
                        arguments.GetValue(holdOut),
                        arguments.GetValue(portraits),
                        new DataOptions(),
                        display,
                        cancellationToken
                    )
                    : ShippedPhotos.Read(arguments.GetValue(portraits), display, cancellationToken);
                Train(
                    display,
                    set,
                    PhotosPlan.Standard(arguments.GetValue(seed)),
                    arguments.GetValue(name)!,
                    arguments.GetValue(output)!,
                    arguments.GetValue(fresh),
                    cancellationToken
                );
            }
        );
    }

    /// <summary>Trains on a set, measures the model on held-out photographs, and writes it.</summary>
    public static ModelPackage Train(
        StageDisplay display,
        PhotoSet set,
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
        TrainedGrid trained = new PhotosTraining(display, checkpoint).Run(set, plan, cancellationToken);
        ModelPackage package = display.Run(
            "Qualities on validation photographs",
            _ => PhotosJudge.KeepRising(trained, name, set, plan, display, cancellationToken)
        );
        package = TrainCommand.Save(display, package, file, set.Test, cancellationToken);
        checkpoint.Delete();
        return package;
    }

    /// <summary>Reads a person's photographs.</summary>
    public static PhotoSet ReadOwn(
        string folder,
        SplitBy by,
        int portraits,
        DataOptions data,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        if (portraits > 0)
            throw new ArgumentException("--portraits adds faces to the shipped model's photographs only; leave it out with --data.");
        var source = new FolderSource(folder);
        PhotoSet set = display.Run($"Photographs of {source.Name}", _ => OwnPhotos.Read(source, SplitRule.Hashed(by), cancellationToken));
        data.Report(display, source.Skipped);
        display.Line(
            $"{set.Photos.Count:N0} training images (some of them at half their scale), {set.Validation.Count:N0} for validation, {set.Test.Count:N0} held out."
        );
        return set;
    }
}
