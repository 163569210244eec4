using Codec.CommandLine;

namespace Codec.Trainer.Faces;

/// <summary>
/// What a person asks of a model's qualities: PSNR or bytes on held-out images, in rising order; neither for what the data reach.
/// </summary>
/// <param name="Decibels">PSNRs in dB.</param>
/// <param name="Bytes">Mean bytes of a code.</param>
internal sealed record QualityTargets(IReadOnlyList<double> Decibels, IReadOnlyList<double> Bytes)
{
    /// <summary>What the data reach.</summary>
    public static QualityTargets Reached { get; } = new([], []);

    /// <summary>
    /// The PSNR in dB that the best quality must reach where a person asks for none: below it, a model of one size is not worth having.
    /// </summary>
    public double Least { get; init; }

    /// <summary>Whether a person asks for anything.</summary>
    public bool Any => Decibels.Count + Bytes.Count > 0;

    /// <summary>Requires targets of one kind, in rising order.</summary>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check()
    {
        if (Decibels.Count > 0 && Bytes.Count > 0)
            throw new UsageException("--psnr and --bytes cannot be combined; give the targets of all qualities in one of them.");
        foreach ((string name, IReadOnlyList<double> values, double most) in new[] { ("--psnr", Decibels, 60.0), ("--bytes", Bytes, 1e6) })
        {
            for (int i = 0; i < values.Count; i++)
            {
                if (!(values[i] > 0 && values[i] <= most) || (i > 0 && values[i] <= values[i - 1]))
                {
                    throw new UsageException(
                        $"{name} has {values[i]}; numbers above 0 to {most} are allowed, each larger than the one before."
                    );
                }
            }
        }
    }
}
