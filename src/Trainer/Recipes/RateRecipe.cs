using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;

namespace Codec.Trainer.Recipes;

/// <summary>Trains the convolutional autoencoder by rate and distortion together, for codes of about one PSNR.</summary>
/// <param name="CodeSize">Latents, 1 to the image's samples; those that are not worth their bits fall silent.</param>
/// <param name="Decibels">The PSNR that the linear code of the same step has.</param>
/// <param name="Mirrored">Whether mirror images are examples too.</param>
/// <param name="Options">How it is trained.</param>
internal sealed record RateRecipe(int CodeSize, double Decibels, bool Mirrored, TrainingOptions Options)
{
    /// <summary>For faces of 32×32 to 64×64.</summary>
    public static RateRecipe Faces(int codeSize, double decibels, int seed) =>
        new(
            codeSize,
            decibels,
            Mirrored: true,
            new TrainingOptions
            {
                Recipe = FormattableString.Invariant($"rated convolutional {codeSize}, {decibels} dB"),
                Epochs = 16,
                BatchSize = 64,
                Optimizer = Optimizer.Adam,
                LearningRate = 2e-3,
                Schedule = RateSchedule.Cosine,
                Seed = seed,
                Threads = TorchThreads.Standard,
            }
        );

    /// <summary>Prepares the run.</summary>
    /// <param name="images">Training and held-out images.</param>
    /// <param name="checkpoint">The run's checkpoint.</param>
    /// <exception cref="ArgumentException">
    /// The code is larger than an image, there are too few images, or the network does not support their size.
    /// </exception>
    public NetworkTraining<RatedAutoencoder> Prepare(Dataset images, Checkpoint checkpoint)
    {
        ImageGeometry input = DenseRecipe.Geometry(images.Train);
        PrincipalComponents.CheckCount(images.Train, CodeSize);
        TorchThreads.SetStandard();
        torch.manual_seed(Options.Seed);
        var components = PrincipalComponents.Fit(images.Train, CodeSize, Mirrored);
        var price = RatePrice.Of(components.Variances, Energy(images.Train, components.Mean), TargetError(input, Decibels));
        return new NetworkTraining<RatedAutoencoder>(
            Options,
            () => Create(input, components, price),
            new RateDistortion(images, input, price, Mirrored),
            checkpoint
        );
    }

    /// <summary>The squared error of an image, summed over its samples in the 8-bit unit, at a PSNR.</summary>
    public static double TargetError(ImageGeometry input, double decibels) => input.Samples * 255.0 * 255 * Math.Pow(10, -decibels / 10);

    private RatedAutoencoder Create(ImageGeometry input, PrincipalComponents components, RatePrice price)
    {
        float[] deviations = components.Deviations(CodeSize);
        return new RatedAutoencoder(
            new ConvolutionalAutoencoder(
                input,
                components.ToPair(CodeSize, input.Scale, input.Offset),
                deviations,
                ConvolutionalWidths.Photographs
            ),
            new FactorizedDensity(deviations, price.Step)
        );
    }

    private static double Energy(ImageSet images, float[] mean)
    {
        double sum = 0;
        for (int n = 0; n < images.Count; n++)
        {
            ReadOnlySpan<byte> image = images[n];
            for (int i = 0; i < mean.Length; i++)
                sum += (image[i] - (double)mean[i]) * (image[i] - mean[i]);
        }

        return sum / images.Count;
    }
}
