namespace Codec.Trainer.Photos;

/// <summary>
/// What a model of photographs is to have, and how long it is trained: the same plan over the same photographs gives the same model.
/// </summary>
/// <param name="Groups">Qualities that share their weights, from the fewest bytes to the most.</param>
/// <param name="Lambda">Weight of a bit against squared error, in units of Δ².</param>
/// <param name="Adaptation">How fast probabilities follow an image.</param>
/// <param name="Epochs">Passes over the blocks that a group's weights are trained for.</param>
/// <param name="Seed">Of the batches' order.</param>
internal sealed record PhotosPlan(IReadOnlyList<QualityGroup> Groups, double Lambda, int Adaptation, int Epochs, int Seed)
{
    /// <summary>Latents that are predicted from the neighbours: the mean of each colour.</summary>
    public const int Predicted = 3;

    /// <summary>Latents that are foreseen from as many of each neighbour: low frequencies tell where an image is going.</summary>
    public const int Reach = 24;

    /// <summary>
    /// Nine qualities: about 27 to 43 dB on Kodak's photographs. Weights that were trained at another step cost 2 % at the fewest bytes,
    /// and little at the most.
    /// </summary>
    public static PhotosPlan Standard(int seed) =>
        new(
            [
                new QualityGroup(256, [80]),
                new QualityGroup(256, [56]),
                new QualityGroup(320, [40]),
                new QualityGroup(384, [28]),
                new QualityGroup(448, [20]),
                new QualityGroup(512, [14, 10]),
                new QualityGroup(512, [7, 5]),
            ],
            Lambda: 0.28,
            Adaptation: 7,
            Epochs: 2,
            seed
        );
}

/// <summary>Qualities that share their weights.</summary>
/// <param name="Coded">Latents that are coded.</param>
/// <param name="Steps">Δ of each, in the unit of 8-bit samples, falling; the weights are trained on the first.</param>
internal sealed record QualityGroup(int Coded, IReadOnlyList<double> Steps);
