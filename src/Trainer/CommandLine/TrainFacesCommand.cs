using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Faces;
using Codec.Trainer.Training;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer train faces</c>: trains the linear codec of small images of one size.</summary>
internal static class TrainFacesCommand
{
    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        var output = new Option<FileInfo>("--output")
        {
            Description = "The model file to write.",
            DefaultValueFactory = _ => new FileInfo("artifacts/models/faces-32.codec"),
        };
        var name = new Option<string>("--name") { Description = "The model's name.", DefaultValueFactory = _ => "faces-32" };
        Option<int?> latents = BoundedOption.Optional(
            "--latents",
            1,
            ModelLimits.MaxLatents,
            "Latents of an image; by default as many as suit the images' size."
        );
        Option<double[]> psnr = TrainCommand.Targets("--psnr", "PSNR of each quality on unseen images in dB, rising: --psnr 27 31 35.");
        Option<double[]> bytes = TrainCommand.Targets("--bytes", "Mean bytes of a code of each quality, rising: --bytes 60 120 240.");
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of everything random.");
        Option<bool> fresh = Options.Fresh();
        var command = new Command("faces", "Train the linear codec of small images of one size, such as faces and avatars.")
        {
            output,
            name,
            latents,
            psnr,
            bytes,
            seed,
            fresh,
        };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                var targets = new QualityTargets(arguments.GetValue(psnr) ?? [], arguments.GetValue(bytes) ?? []);
                targets.Check();
                Dataset images = data.Read(arguments, display, size: null, cancellationToken);
                FacesPlan plan = data.AreOwn(arguments)
                    ? FacesPlan.Of(images.Train)
                    : FacesPlan.OfFaces(images.Train.Width, images.Train.Height);
                // Other latents than the plan's reach other qualities.
                if (arguments.GetValue(latents) is { } wanted && wanted != plan.Latents)
                    plan = plan with { Latents = wanted, Aims = null };
                Train(
                    display,
                    images,
                    plan,
                    targets,
                    arguments.GetValue(seed),
                    arguments.GetValue(name)!,
                    arguments.GetValue(output)!,
                    arguments.GetValue(fresh),
                    cancellationToken
                );
            }
        );
    }

    /// <summary>Trains a linear model, measures it on held-out images, and writes it.</summary>
    /// <returns>The model, and the images on which it was measured.</returns>
    public static (ModelPackage Package, IReadOnlyList<Raster> HeldOut) Train(
        StageDisplay display,
        Dataset images,
        FacesPlan plan,
        QualityTargets targets,
        int seed,
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
        ModelPackage package;
        try
        {
            package = new FacesTraining(display, checkpoint).Run(images, name, plan, seed, targets, cancellationToken);
        }
        catch (ArgumentException)
        {
            // Other options are needed: there is nothing to resume.
            checkpoint.Delete();
            throw;
        }

        IReadOnlyList<Raster> heldOut = HeldOutImages.Some(images.Test, EvaluateCommand.StandardCount);
        package = TrainCommand.Save(display, package, file, heldOut, cancellationToken);
        checkpoint.Delete();
        return (package, heldOut);
    }
}
