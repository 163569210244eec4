using System.CommandLine;
using Codec.Trainer.Display;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer train rate</c>: a convolutional autoencoder trained by rate and distortion together.</summary>
internal static class RateCommand
{
    // Distance between the model's qualities: a network trained for one rate still serves those near it.
    private const double Spacing = 1;

    public static Command Create(StageDisplay display)
    {
        var psnr = new Option<double>("--psnr")
        {
            Description = "The PSNR in dB to train for; the model's qualities are there, 1 dB below and 1 dB above.",
            DefaultValueFactory = _ => 24,
        };
        psnr.Validators.Add(result =>
        {
            if (result.GetValue(psnr) is not (>= 10 and <= 50))
                result.AddError($"--psnr {result.GetValue(psnr)} is out of range; 10 to 50 dB are allowed.");
        });
        return NetworkCommand<RatedAutoencoder>.Create(
            display,
            "rate",
            "Train a convolutional autoencoder by rate and distortion together, starting from principal components.",
            code: 96,
            "lfw",
            request =>
            {
                double aim = request.Arguments.GetValue(psnr);
                RateRecipe recipe = RateRecipe.Faces(request.Code, aim, request.Seed);
                recipe = recipe with { Options = request.Adjust(recipe.Options) };
                return new NetworkPlan<RatedAutoencoder>(request.Images, checkpoint => recipe.Prepare(request.Images, checkpoint))
                {
                    Decibels = [aim - Spacing, aim, aim + Spacing],
                };
            },
            psnr
        );
    }
}
