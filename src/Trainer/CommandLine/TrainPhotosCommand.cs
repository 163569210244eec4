using System.CommandLine;
using Codec.CommandLine;
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
            Description = "Folder of training photographs; photos-train and photos-more are searched for by default.",
        };
        var output = new Option<FileInfo>("--output")
        {
            Description = "The model file to write.",
            DefaultValueFactory = _ => new FileInfo("artifacts/models/photos.codec"),
        };
        var name = new Option<string>("--name") { Description = "The model's name.", DefaultValueFactory = _ => "photos" };
        Option<int> portraits = BoundedOption.Create(
            "--portraits",
            100,
            0,
            5000,
            "How many portraits of Labeled Faces in the Wild to add, one a person, of people who are not held out."
        );
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of everything random.");
        var fresh = new Option<bool>("--fresh")
        {
            Description = "Start again, instead of resuming from the checkpoint next to the output.",
        };
        var command = new Command("photos", "Train the codec of photographs of any size, with nine qualities; a stopped run is resumed.")
        {
            path,
            output,
            name,
            portraits,
            seed,
            fresh,
        };
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                FileInfo file = arguments.GetValue(output)!;
                Directory.CreateDirectory(file.DirectoryName!);
                var checkpoint = new Checkpoint(file.FullName + ".checkpoint");
                if (arguments.GetValue(fresh))
                    checkpoint.Delete();
                PhotoSet set = PhotoSet.Read(arguments.GetValue(path), arguments.GetValue(portraits), display, cancellationToken);
                PhotosPlan plan = PhotosPlan.Standard(arguments.GetValue(seed));
                ModelPackage package = new PhotosTraining(display, checkpoint)
                    .Run(set, plan, cancellationToken)
                    .ToModel(arguments.GetValue(name)!, set, plan);
                package.Save(file.FullName);
                checkpoint.Delete();
                display.Line($"{file.FullName}: version {package.Version}");
            }
        );
    }
}
