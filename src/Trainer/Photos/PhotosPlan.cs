namespace Codec.Trainer.Photos;

/// <summary>
/// The qualities of a model of photographs, and how it is trained: the same plan over the same photographs gives the same model.
/// </summary>
/// <param name="Groups">The groups of qualities that share weights, from the fewest bytes to the most.</param>
/// <param name="Lambda">Weight of a bit against squared error, in units of Δ².</param>
/// <param name="Adaptation">See <see cref="Codec.Entropy.GridRule.Adaptation"/>.</param>
/// <param name="Epochs">Passes over the blocks in each training of a group's weights.</param>
/// <param name="Seed">The seed of the order of batches.</param>
/// <param name="PredictColours">Whether colours are predicted from the luminance (ADR 41).</param>
internal sealed record PhotosPlan(
    IReadOnlyList<QualityGroup> Groups,
    double Lambda,
    int Adaptation,
    int Epochs,
    int Seed,
    bool PredictColours = false
)
{
    /// <summary>Number of latents that are coded as differences from a prediction: the mean of each colour.</summary>
    public const int Predicted = 3;

    /// <summary>Number of latents that have a prediction: the low frequencies, which depend on those of the neighbours.</summary>
    public const int Reach = 24;

    /// <summary>
    /// Nine qualities: about 0.12 to 1.8 bits a pixel on photographs. Weights trained at another step cost 2 % of the bytes at low
    /// qualities and little at high ones, so only the highest share them.
    /// </summary>
    public static PhotosPlan Standard(int seed, bool predictColours = false) =>
        new(
            [
                new QualityGroup(256, [100]),
                new QualityGroup(256, [72]),
                new QualityGroup(320, [51]),
                new QualityGroup(384, [36]),
                new QualityGroup(448, [26]),
                new QualityGroup(768, [18, 13]),
                new QualityGroup(768, [9, 6.5], Spacing: 2),
            ],
            Lambda: 0.18,
            Adaptation: 7,
            Epochs: 2,
            seed,
            predictColours
        );
}

/// <summary>Qualities that share their weights.</summary>
/// <param name="Coded">The largest number of coded latents.</param>
/// <param name="Steps">Δ of each quality, in the unit of 8-bit samples, descending; the weights are trained at the first.</param>
/// <param name="Spacing">
/// One photograph in this many is used: blocks of high qualities have so many symbols that fewer blocks determine the weights.
/// </param>
internal sealed record QualityGroup(int Coded, IReadOnlyList<double> Steps, int Spacing = 1);
