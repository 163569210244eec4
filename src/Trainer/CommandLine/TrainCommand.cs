using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Faces;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer train</c>: a command for each kind of model.</summary>
internal static class TrainCommand
{
    private const double Noise = 0.1;

    public static Command Create(StageDisplay display) =>
        TrainOwnCommand.Add(
            new Command("train", "Train a model on a folder of your images; a subcommand trains a family that you choose.")
            {
                Faces(display),
                TrainPhotosCommand.Create(display),
                Dense(display),
                Denoise(display),
                Convolutional(display),
                RateCommand.Create(display),
                ConvolutionalDenoise(display),
                Swap(display),
                Mask(display),
            },
            display
        );

    private static Command Faces(StageDisplay display)
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
        Option<double[]> psnr = Targets("--psnr", "PSNR of each quality on unseen images in dB, rising: --psnr 27 31 35.");
        Option<double[]> bytes = Targets("--bytes", "Mean bytes of a code of each quality, rising: --bytes 60 120 240.");
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
                TrainFaces(
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
    public static (ModelPackage Package, IReadOnlyList<Raster> HeldOut) TrainFaces(
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
        package = Save(display, package, file, heldOut, cancellationToken);
        checkpoint.Delete();
        return (package, heldOut);
    }

    /// <summary>Measures a model on held-out images, if there are any, writes the figures on its card, and the model to a file.</summary>
    public static ModelPackage Save(
        StageDisplay display,
        ModelPackage package,
        FileInfo file,
        IReadOnlyList<Raster> images,
        CancellationToken cancellationToken
    )
    {
        if (images.Count > 0)
        {
            IReadOnlyList<QualityFigures> figures = EvaluateCommand.Measure(package, images, cancellationToken);
            package = ModelCard.WithMetrics(package, figures, images.Count);
            display.Line($"{images.Count:N0} held-out images:");
            EvaluateCommand.Show(display, figures, images);
        }

        Directory.CreateDirectory(file.DirectoryName!);
        package.Save(file.FullName);
        display.Line($"{file.FullName}: version {package.Version}");
        return package;
    }

    /// <summary>The option of a quality's targets.</summary>
    public static Option<double[]> Targets(string name, string description) =>
        new(name) { Description = $"{description} By default what the images reach.", AllowMultipleArgumentsPerToken = true };

    private static Command Dense(StageDisplay display)
    {
        Option<DenseSchedule> schedule = Schedule();
        return NetworkCommand<DenseAutoencoder>.Create(
            display,
            "dense",
            "Train the article's dense autoencoder.",
            code: 32,
            "lfw",
            request =>
            {
                DenseRecipe recipe = Recipe(request, schedule);
                return new NetworkPlan<DenseAutoencoder>(request.Images, checkpoint => recipe.Prepare(request.Images, checkpoint));
            },
            schedule
        );
    }

    private static Command Denoise(StageDisplay display)
    {
        Option<DenseSchedule> schedule = Schedule();
        return NetworkCommand<DenseAutoencoder>.Create(
            display,
            "denoise",
            "Train the article's dense denoiser, with new noise of sigma 0.1 in every epoch.",
            code: 100,
            "lfw",
            request =>
            {
                DenseRecipe recipe = Recipe(request, schedule) with { Noise = Noise };
                LinearPair? start =
                    recipe.Schedule == DenseSchedule.Product
                        ? PrincipalComponents
                            .Fit(request.Images.Train, request.Code, mirrored: false)
                            .ToPair(request.Code, DenseRecipe.Scale, DenseRecipe.Offset, Noise / DenseRecipe.Scale)
                        : null;
                return new NetworkPlan<DenseAutoencoder>(
                    request.Images,
                    checkpoint => recipe.Prepare(request.Images, checkpoint, start),
                    Noise
                );
            },
            schedule
        );
    }

    private static Command Convolutional(StageDisplay display) =>
        NetworkCommand<ConvolutionalAutoencoder>.Create(
            display,
            "conv",
            "Train a convolutional autoencoder, starting from principal components.",
            code: 32,
            "lfw",
            request =>
            {
                ConvolutionalRecipe recipe =
                    request.Images.Train.Channels == 1
                        ? ConvolutionalRecipe.Digits(request.Code, request.Seed)
                        : ConvolutionalRecipe.Faces(request.Code, request.Seed);
                recipe = recipe with { Options = request.Adjust(recipe.Options) };
                return new NetworkPlan<ConvolutionalAutoencoder>(request.Images, checkpoint => recipe.Prepare(request.Images, checkpoint));
            }
        );

    private static Command ConvolutionalDenoise(StageDisplay display) =>
        NetworkCommand<ConvolutionalDenoiser>.Create(
            display,
            "denoise-conv",
            "Train a convolutional denoiser, starting from the best linear one, with new noise of sigma 0.1 in every epoch.",
            code: 400,
            "lfw",
            request =>
            {
                DenoiserRecipe recipe = DenoiserRecipe.Faces(request.Code, request.Seed);
                recipe = recipe with { Options = request.Adjust(recipe.Options) };
                return new NetworkPlan<ConvolutionalDenoiser>(
                    request.Images,
                    checkpoint => recipe.Prepare(request.Images, checkpoint),
                    recipe.Noise
                );
            }
        );

    private static Command Swap(StageDisplay display)
    {
        var people = new Option<string[]>("--people")
        {
            Description = "Two labels (subfolders) of the set; by default the two with the most photographs.",
            AllowMultipleArgumentsPerToken = true,
        };
        return NetworkCommand<ConvolutionalAutoencoder>.Create(
            display,
            "swap",
            "Train one encoder with a head for each of two people of the set, or for two synthetic people.",
            code: 64,
            "lfw",
            request =>
            {
                SwapRecipe recipe = SwapRecipe.Faces(request.Code, request.Seed);
                recipe = recipe with { Options = request.Adjust(recipe.Options) };
                ImageSet given = request.Images.Train;
                Dataset faces = request.Drawn ? SwapFaces.Draw(given.Width, given.Height, request.CancellationToken) : request.Images;
                recipe = SwapFaces.Choose(faces, recipe, request.Arguments.GetValue(people) is { Length: > 0 } named ? named : null);
                return new NetworkPlan<ConvolutionalAutoencoder>(faces, checkpoint => recipe.Prepare(faces, checkpoint))
                {
                    Targets = input => SwapFaces.Photographs(faces.Train, recipe.People, input),
                };
            },
            people
        );
    }

    private static Command Mask(StageDisplay display) =>
        NetworkCommand<FaceSegmenter>.Create(
            display,
            "mask",
            "Train a head that separates face, hair and background, over the codes of the face.",
            code: 128,
            "synthetic",
            request =>
            {
                MaskRecipe recipe = MaskRecipe.Faces(request.Code, request.Seed);
                recipe = recipe with { Options = request.Adjust(recipe.Options) };
                return new NetworkPlan<FaceSegmenter>(request.Images, checkpoint => recipe.Prepare(request.Images, checkpoint));
            }
        );

    private static Option<DenseSchedule> Schedule() =>
        new("--schedule")
        {
            Description = "Article: as published. Product: starting from principal components.",
            DefaultValueFactory = _ => DenseSchedule.Article,
        };

    private static DenseRecipe Recipe(NetworkRequest request, Option<DenseSchedule> schedule)
    {
        DenseRecipe recipe =
            request.Arguments.GetValue(schedule) == DenseSchedule.Article
                ? DenseRecipe.Article(request.Code, request.Seed)
                : DenseRecipe.Product(request.Code, request.Seed);
        return recipe with { Options = request.Adjust(recipe.Options) };
    }
}
