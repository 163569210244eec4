using Codec.Entropy;
using Codec.Images;
using Codec.Quantization;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Photos;

/// <summary>
/// Fits one quality of a grid's prior to the latents of photographs. Symbols depend on the prior (the search weighs bits) and the prior
/// on symbols, so both are refined in turn.
/// </summary>
internal sealed class GridFit(GridRule rule, IReadOnlyList<Raster> photos, byte[] encoder)
{
    private const int FewPhotos = 32;

    private PhotoLatents[] _latents = [];

    /// <summary>
    /// Chooses the transforms of all blocks by what their latents promise: asking the prior, as an encoder does, trains no better.
    /// </summary>
    public void ChooseTransforms(int coded, double step, CancellationToken cancellationToken)
    {
        _latents = PhotoLatents.Analyse(photos, encoder, new TransformChoice(rule, coded, (float)step), cancellationToken);
    }

    /// <summary>Begins a quality: static scales from the latents' variances.</summary>
    public GridDraft Begin(ReadOnlySpan<float> variances, double step, double lambda, int coded)
    {
        var biases = new float[coded];
        for (int i = 0; i < coded; i++)
            biases[i] = (float)ScaleRows.ScaleOf(Math.Sqrt(variances[i]) / step);
        return new GridDraft(rule, Trellis.EightStates, step, lambda, biases);
    }

    /// <summary>Begins a quality from one that is fitted: the same weights, scales moved by the ratio of the steps.</summary>
    public GridDraft Begin(GridDraft fitted, double step)
    {
        QualityDraft block = fitted.Block;
        float moved = (float)(ScaleRows.ScaleOf(block.Step / step) - ScaleRows.ScaleOf(1));
        var draft = new GridDraft(rule, block.Trellis, step, block.Lambda, [.. block.Biases.Select(bias => bias + moved)]);
        draft.Block.Weights = block.Weights;
        draft.Block.Rows = block.Rows;
        draft.Block.Centroids = block.Centroids;
        draft.Spread = fitted.Spread;
        draft.Divided = fitted.Divided;
        draft.Neighbours = fitted.Neighbours;
        draft.Offsets = fitted.Offsets;
        return draft;
    }

    /// <summary>Counts again what the search chooses, and takes it over.</summary>
    /// <param name="draft">The quality; refined.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="few">Whether a part of the photographs will do: only to come near.</param>
    /// <param name="cancellationToken">Stops between two photographs.</param>
    public void Count(GridDraft draft, int rounds, bool few, CancellationToken cancellationToken)
    {
        for (int round = 0; round < rounds; round++)
        {
            GridTally tally = GridPass.Run(draft, rule, few ? Some() : _latents, cancellationToken).Tally;
            draft.Block.Rows = draft.Block.Rows.Refit(tally.Counts);
            draft.Block.Centroids = tally.Centroids;
            draft.CountExtents(tally.Extents);
            draft.CountTransforms(tally.Transforms);
            draft.CountSigns(tally.Signs);
        }
    }

    /// <summary>Trains the contexts on what the search chooses.</summary>
    /// <param name="draft">The quality; its weights are where the training begins, and what it replaces.</param>
    /// <param name="epochs">Passes over the blocks.</param>
    /// <param name="rate">How large its steps are, to begin with.</param>
    /// <param name="frozen">Whether the weights between latents stay as they are, since qualities share them.</param>
    /// <param name="seed">Of the batches' order.</param>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two steps; the draft is then as it was.</param>
    public void TrainContexts(
        GridDraft draft,
        int epochs,
        double rate,
        bool frozen,
        int seed,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        GridPass pass = GridPass.Run(draft, rule, _latents, cancellationToken);
        new GridContextTraining(draft, pass).Run(epochs, rate, frozen, seed, progress, cancellationToken);
    }

    private List<PhotoLatents> Some()
    {
        int step = Math.Max(1, _latents.Length / FewPhotos);
        return [.. _latents.Where((_, index) => index % step == 0)];
    }
}
