namespace Codec.Trainer.Faces;

/// <summary>The components of a model of faces, and the aim of each quality.</summary>
/// <param name="Latents">K: the number of latents.</param>
/// <param name="Frequencies">
/// Number of frequencies of each axis that components contain; null for all, in which case a component has a weight for every sample.
/// </param>
/// <param name="Aims">The aims, from the fewest bytes to the most.</param>
/// <remarks>
/// Aims are PSNRs on the training images. They are higher than the targets on held-out faces, which these components describe less well,
/// above all in fine detail.
/// </remarks>
internal sealed record FacesPlan(int Latents, int? Frequencies, IReadOnlyList<FacesAim> Aims)
{
    /// <summary>About 22.8, 27 and 30.4 dB at 32×32.</summary>
    public static FacesPlan Small { get; } = new(350, null, [new(22.84, 250), new(27.11, 350), new(30.60, 350)]);

    /// <summary>About 25.6, 28.4 and 30.9 dB at 64×64.</summary>
    public static FacesPlan Large { get; } = new(640, 32, [new(25.70, 350), new(28.65, 512), new(31.30, 640)]);

    /// <summary>The plan for images of a size.</summary>
    public static FacesPlan Of(int size) => size < 48 ? Small : Large;
}

/// <summary>The aim of one quality.</summary>
/// <param name="Decibels">PSNR on the training images.</param>
/// <param name="Coded">The largest number of coded latents.</param>
internal sealed record FacesAim(double Decibels, int Coded);
