using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Faces;
using Codec.Trainer.Own;
using Codec.Trainer.Photos;
using Codec.Trainer.Runs;

namespace Codec.Trainer.CommandLine;

/// <summary>
/// <c>trainer train --data FOLDER</c>: chooses the family of models that suits a person's images, trains it, and compares it with what the
/// person would use without it.
/// </summary>
internal static class TrainOwnCommand
{
    // More images would change no figure of the comparison noticeably.
    private const int Compared = 200;

    /// <summary>Gives the command its options and action; its subcommands train a family that a person chooses.</summary>
    public static Command Add(Command command, StageDisplay display)
    {
        var data = new DataOptions(source: null);
        var name = new Option<string>("--name") { Description = "The model's name.", DefaultValueFactory = _ => "own" };
        var output = new Option<DirectoryInfo?>("--output")
        {
            Description = "Folder of the run: model, options, curves, what was skipped. By default artifacts/runs/NAME.",
        };
        Option<double[]> psnr = TrainCommand.Targets(
            "--psnr",
            "PSNR of each quality on unseen images in dB, rising (a model of one size)."
        );
        Option<double[]> bytes = TrainCommand.Targets("--bytes", "Mean bytes of a code of each quality, rising (a model of one size).");
        var license = new Option<string?>("--licence") { Description = "The terms of your images, for the model's card." };
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of everything random.");
        Option<bool> fresh = Options.Fresh();
        Option<FileInfo?> from = TrainPhotosCommand.From();
        foreach (Option option in new Option[] { name, output, from, psnr, bytes, license, seed, fresh }.Concat(data.All))
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                string model = arguments.GetValue(name)!;
                if (!ModelLimits.IsName(model))
                {
                    throw new UsageException(
                        $"--name is '{model}'; 1 to 64 of a-z, 0-9, '-', '.' are allowed, beginning with a letter or digit."
                    );
                }

                var targets = new QualityTargets(arguments.GetValue(psnr) ?? [], arguments.GetValue(bytes) ?? []);
                targets.Check();
                string folder =
                    data.FolderOf(arguments)
                    ?? throw new UsageException("--data with a folder of images is needed, or --train and --test.");
                var run = new RunRecord(
                    arguments.GetValue(output)?.FullName ?? Path.Combine(Directory.GetCurrentDirectory(), "artifacts", "runs", model),
                    display
                );
                var file = new FileInfo(run.File($"{model}.codec"));
                if (!arguments.GetValue(fresh))
                    run.RequireOwn(file, arguments);
                FolderSurvey survey = display.Run("Survey of the images", _ => new FolderSource(folder).Survey(cancellationToken));
                StartModel? start = arguments.GetValue(from) is { } published ? StartModel.Load(published) : null;
                ModelFamily family = ModelFamily.Choose(survey, data.SizeOf(arguments), start?.Package.Manifest.Name);
                display.Line($"{model} becomes {family.Reason}.");
                run.Begin(arguments, survey);
                (ModelPackage package, IReadOnlyList<Raster> unseen) =
                    family.Kind is FamilyKind.Fixed ? FixedOrPhotos(family.Size!.Value) : Photos();
                run.Skipped(data.Skipped);
                string verdict = new Comparison([.. unseen.Take(Compared)]).Show(
                    display,
                    package,
                    start?.Package ?? ShippedPhotos.Model(),
                    cancellationToken
                );
                run.End(package, verdict);

                // A size or targets that a person asks for are kept whatever they give.
                (ModelPackage, IReadOnlyList<Raster>) FixedOrPhotos(ImageSize size)
                {
                    if (targets.Any || data.SizeOf(arguments) is not null)
                        return Fixed(size);
                    targets = targets with { Least = ModelFamily.LeastDecibels };
                    try
                    {
                        return Fixed(size);
                    }
                    catch (LowCeilingException exception)
                    {
                        display.Line($"{exception.Message}. {model} becomes a model of photographs of any size instead.");
                        targets = QualityTargets.Reached;
                        return Photos();
                    }
                }

                (ModelPackage, IReadOnlyList<Raster>) Fixed(ImageSize size)
                {
                    Dataset images = data.Read(arguments, display, size, cancellationToken);
                    if (arguments.GetValue(license) is { } terms)
                        images = images with { License = terms };
                    return TrainFacesCommand.Train(
                        display,
                        images,
                        FacesPlan.Of(images.Train),
                        targets,
                        arguments.GetValue(seed),
                        model,
                        file,
                        arguments.GetValue(fresh),
                        cancellationToken
                    );
                }

                (ModelPackage, IReadOnlyList<Raster>) Photos()
                {
                    if (targets.Any)
                    {
                        throw new UsageException(
                            "A model of photographs has qualities of its own; leave out --psnr and --bytes, or set --size."
                        );
                    }

                    PhotoSet set = TrainPhotosCommand.ReadOwn(
                        folder,
                        data.PartsOf(arguments),
                        data.SplitOf(arguments),
                        data,
                        display,
                        cancellationToken
                    );
                    if (arguments.GetValue(license) is { } terms)
                        set = set with { License = terms };
                    return (
                        TrainPhotosCommand.Train(
                            display,
                            set,
                            start,
                            PhotosPlan.Standard(arguments.GetValue(seed)),
                            model,
                            file,
                            arguments.GetValue(fresh),
                            cancellationToken
                        ),
                        set.Test
                    );
                }
            }
        );
    }
}
