using Codec.Datasets;

namespace Codec.Trainer.Faces;

/// <summary>The components of a linear model of small images, and the aim of each quality.</summary>
/// <param name="Latents">K: the number of latents.</param>
/// <param name="Frequencies">
/// Number of frequencies of each axis that components contain; null for all, in which case a component has a weight for every sample.
/// </param>
/// <param name="Aims">The aims, from the fewest bytes to the most; null for what the images reach.</param>
/// <param name="Mirrored">
/// Whether the prior is fitted to mirror images, too. The components are not, so they describe mirror images as well as unseen ones.
/// </param>
/// <remarks>
/// Aims are PSNRs on the training images and their mirror images. They are higher than the targets on held-out faces, which these
/// components describe less well, above all in fine detail.
/// </remarks>
internal sealed record FacesPlan(int Latents, int? Frequencies, IReadOnlyList<FacesAim>? Aims, bool Mirrored)
{
    // Components of fewer images than three a latent describe these images only.
    private const int ImagesPerLatent = 3;

    // Images of a longer side have components of low frequencies only: a weight for every sample would make the model too large.
    private const int WholeSide = 47;

    /// <summary>About 22.8, 27 and 30.4 dB on faces of 32×32.</summary>
    public static FacesPlan Small { get; } = new(350, null, [new(22.71, 250), new(26.93, 350), new(30.46, 350)], Mirrored: true);

    /// <summary>About 25.6, 28.4 and 30.9 dB on faces of 64×64.</summary>
    public static FacesPlan Large { get; } = new(640, 32, [new(25.50, 350), new(28.48, 512), new(31.08, 640)], Mirrored: true);

    /// <summary>The plan for Labeled Faces in the Wild, or for synthetic faces, at a size.</summary>
    public static FacesPlan OfFaces(int width, int height) =>
        Math.Max(width, height) <= WholeSide ? Small : Large with { Frequencies = Math.Min(32, Math.Min(width, height)) };

    /// <summary>The plan for other images: as many latents as they determine, and the qualities that they reach.</summary>
    /// <exception cref="ArgumentException">There are too few images.</exception>
    public static FacesPlan Of(ImageSet images)
    {
        FacesPlan plan = OfFaces(images.Width, images.Height);
        int coefficients = plan.Frequencies is { } frequencies ? images.Channels * frequencies * frequencies : images.ImageLength;
        int latents = Math.Min(Math.Min(plan.Latents, images.Count / ImagesPerLatent), coefficients / 2);
        return latents >= 1
            ? plan with
            {
                Latents = latents,
                Aims = null,
                Mirrored = false,
            }
            : throw new ArgumentException(
                $"{images.Count} training images of {images.Width}×{images.Height} are too few for a model of their own; give at least {ImagesPerLatent}, better {ImagesPerLatent * plan.Latents:N0}."
            );
    }
}

/// <summary>The aim of one quality.</summary>
/// <param name="Decibels">PSNR on the training images.</param>
/// <param name="Coded">The largest number of coded latents.</param>
internal sealed record FacesAim(double Decibels, int Coded);
