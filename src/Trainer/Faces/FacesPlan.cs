namespace Codec.Trainer.Faces;

/// <summary>What a model of faces is to have: how many components, and what each quality aims at.</summary>
/// <param name="Latents">K.</param>
/// <param name="Frequencies">
/// How many frequencies of each axis components are made of; null for all, which takes a weight for every sample.
/// </param>
/// <param name="Aims">From the fewest bytes to the most.</param>
/// <remarks>
/// Aims are on the training images. Held-out faces come out lower, the more so the finer the detail, which components of other faces
/// describe less well; the aim allows for that.
/// </remarks>
internal sealed record FacesPlan(int Latents, int? Frequencies, IReadOnlyList<FacesAim> Aims)
{
    /// <summary>About 22.8, 27 and 30.4 dB at 32×32.</summary>
    public static FacesPlan Small { get; } = new(350, null, [new(22.84, 250), new(27.11, 350), new(30.60, 350)]);

    /// <summary>About 25.6, 28.4 and 30.9 dB at 64×64.</summary>
    public static FacesPlan Large { get; } = new(640, 32, [new(25.70, 350), new(28.65, 512), new(31.30, 640)]);

    /// <summary>The plan for images of a size: what is worth a bit changes with it.</summary>
    public static FacesPlan Of(int size) => size < 48 ? Small : Large;
}

/// <summary>What one quality aims at.</summary>
/// <param name="Decibels">PSNR on the training images.</param>
/// <param name="Coded">How many latents it codes at most.</param>
internal sealed record FacesAim(double Decibels, int Coded);
