using System.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer train</c>: a command for each kind of model.</summary>
internal static class TrainCommand
{
    private const double Noise = 0.1;

    public static Command Create(StageDisplay display) =>
        TrainOwnCommand.Add(
            new Command("train", "Train a model on a folder of your images; a subcommand trains a family that you choose.")
            {
                TrainFacesCommand.Create(display),
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
