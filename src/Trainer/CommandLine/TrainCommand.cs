using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Codec.Datasets;
using Codec.Trainer.Display;
using Codec.Trainer.Faces;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer train</c>: what can be trained.</summary>
internal static class TrainCommand
{
    public static Command Create(StageDisplay display) =>
        new("train", "Train a model.") { Faces(display), TrainPhotosCommand.Create(display), Dense(display) };

    private static Command Faces(StageDisplay display)
    {
        var data = new DataOptions();
        var output = new Option<FileInfo>("--output") { Description = "The model file to write.", DefaultValueFactory = _ => new FileInfo("artifacts/models/faces-32.codec") };
        var name = new Option<string>("--name") { Description = "The model's name.", DefaultValueFactory = _ => "faces-32" };
        var latents = new Option<int?>("--latents") { Description = $"Latents of an image, 1 to {ModelLimits.MaxLatents}; what suits the size where left out." };
        Option<int> seed = Options.Within("--seed", 42, 0, int.MaxValue, "Seed of everything random.");
        var command = new Command("faces", "Train the product's own linear codec of small faces, with three qualities.") { output, name, latents, seed };
        foreach (Option option in data.All) command.Add(option);
        return command.Does(display, (arguments, _, cancellation) =>
        {
            Dataset images = data.Read(arguments, display, cancellation);
            FacesPlan plan = FacesPlan.Of(images.Train.Width);
            ModelPackage package = new FacesTraining(display).Run(
                images, arguments.GetValue(name)!, plan with { Latents = arguments.GetValue(latents) ?? plan.Latents }, arguments.GetValue(seed), cancellation);
            FileInfo file = arguments.GetValue(output)!;
            Directory.CreateDirectory(file.DirectoryName!);
            package.Save(file.FullName);
            EvaluateCommand.Show(display, package, images.Test);
            display.Line($"{file.FullName}: version {package.Version}");
        });
    }

    private static Command Dense(StageDisplay display)
    {
        var data = new DataOptions();
        Option<int> code = Options.Code();
        Option<int> seed = Options.Within("--seed", 42, 0, int.MaxValue, "Seed of weights and shuffling.");
        var schedule = new Option<DenseSchedule>("--schedule") { Description = "Article: as published. Product: from principal components.", DefaultValueFactory = _ => DenseSchedule.Article };
        var output = new Option<DirectoryInfo>("--output") { Description = "Folder for the checkpoint and the figures.", DefaultValueFactory = _ => new DirectoryInfo("artifacts/dense") };
        var rate = new Option<double?>("--learning-rate") { Description = "The optimizer's rate; the schedule's own where left out." };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the output folder." };
        var command = new Command("dense", "Train the article's dense autoencoder.") { code, seed, schedule, rate, output, resume };
        foreach (Option option in data.All) command.Add(option);
        return command.Does(display, (arguments, _, cancellation) =>
        {
            Dataset images = data.Read(arguments, display, cancellation);
            int size = arguments.GetValue(code);
            DenseRecipe recipe = arguments.GetValue(schedule) == DenseSchedule.Article
                ? DenseRecipe.Article(size, arguments.GetValue(seed))
                : DenseRecipe.Product(size, arguments.GetValue(seed));
            if (arguments.GetValue(rate) is { } given) recipe = recipe with { Options = recipe.Options with { LearningRate = given } };
            DirectoryInfo folder = arguments.GetValue(output)!;
            folder.Create();
            using NetworkTraining<DenseAutoencoder> training = recipe.Prepare(images, new Checkpoint(Path.Combine(folder.FullName, "checkpoint")));
            if (arguments.GetValue(resume)) training.Resume();
            training.Run(
                epoch => display.Line(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch}: loss {epoch.Loss:0.00000}, val_loss {epoch.ValidationLoss:0.00000}")),
                cancellation);
            double testMse = training.History[^1].ValidationLoss;
            File.WriteAllText(Path.Combine(folder.FullName, "metrics.json"), JsonSerializer.Serialize(new Dictionary<string, double> { ["test_mse"] = testMse }));
        });
    }
}
