using Codec.Entropy;
using Codec.Trainer.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Priors;

/// <summary>
/// The further weights of a grid model's contexts: weights from the neighbours, weights within divided blocks, and biases for each
/// transform.
/// </summary>
internal sealed class NeighbourhoodWeights : IDisposable
{
    private readonly int _coded;
    private readonly Parameter _divided; // [C, C]
    private readonly Parameter _spread; // [C, C]
    private readonly Parameter _neighbours; // [4, C]
    private readonly Parameter _offsets; // [M − 1, C]
    private readonly Parameter? _levelOffsets; // [levels, C]; null without levels
    private readonly Tensor _noOffset; // [1, C]
    private readonly Tensor _indices; // [N, 4]: each block's neighbours; N for a block of zeros
    private readonly Tensor _transforms; // [N]
    private readonly Tensor _levels; // [N]

    /// <summary>Copies a draft's weights.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="pass">The blocks.</param>
    /// <param name="mean">[C]: mean activations.</param>
    /// <param name="weights">[C, C]: the weights within blocks of the first transform.</param>
    /// <param name="frozen">Whether the weights between different latents stay as they are.</param>
    public NeighbourhoodWeights(GridDraft draft, SymbolPass pass, Tensor mean, Tensor weights, bool frozen)
    {
        _coded = pass.Coded;
        _divided = new Parameter(draft.Divided.ToTensor(_coded, _coded), requires_grad: !frozen);
        _spread = new Parameter(draft.Spread.ToTensor(_coded, _coded), requires_grad: !frozen);
        _neighbours = new Parameter(draft.Neighbours.ToTensor(Prior.Neighbours, _coded));
        _offsets = new Parameter(draft.Offsets.ToTensor(-1, _coded).add_(DividedCentre(mean, weights, _divided)));
        _levelOffsets = draft.Rule.Steps is { } steps ? new Parameter(draft.LevelOffsets.ToTensor(steps.Levels, _coded)) : null;
        _noOffset = zeros(1, _coded);
        _indices = from_array(FindNeighbours(pass)).reshape(pass.Blocks, Prior.Neighbours).to(int64);
        _transforms = from_array(pass.Transforms).to(int64);
        _levels = from_array(pass.Levels).to(int64);
        Weights = frozen ? [_neighbours] : [_divided, _spread, _neighbours];
    }

    /// <summary>The trained weights.</summary>
    public IReadOnlyList<Parameter> Weights { get; }

    /// <summary>The trained biases.</summary>
    public IReadOnlyList<Parameter> Biases => _levelOffsets is null ? [_offsets] : [_offsets, _levelOffsets];

    /// <summary>Computes the scales of a batch of blocks: [B, C].</summary>
    /// <param name="activations">[N + 1, C] bytes, the last row zeros.</param>
    /// <param name="mean">[C].</param>
    /// <param name="own">[B, C]: the blocks' own activations, centred.</param>
    /// <param name="weights">[C, C]: the weights within blocks of the first transform.</param>
    /// <param name="bias">[C].</param>
    /// <param name="batch">[B]: the blocks.</param>
    public Tensor Scales(Tensor activations, Tensor mean, Tensor own, Tensor weights, Tensor bias, Tensor batch)
    {
        Tensor around = activations
            .index_select(0, _indices.index_select(0, batch).reshape(-1))
            .to(float32)
            .sub_(mean)
            .reshape(batch.shape[0], Prior.Neighbours, _coded); // [B, 4, C]
        Tensor transform = _transforms.index_select(0, batch); // [B]
        Tensor isDivided = transform.ne(0).to(float32).unsqueeze(1); // [B, 1]
        Tensor scales = cat([own.mul(1 - isDivided), own.mul(isDivided)], 1)
            .matmul(cat([weights, _divided]).reshape(2, _coded, _coded).triu(1).reshape(-1, _coded))
            .add_(around.narrow(1, 0, 2).sum(1).matmul(_spread))
            .add_(around.mul(_neighbours).sum(1))
            .add_(bias)
            .add_(cat([_noOffset, _offsets]).index_select(0, transform));
        return _levelOffsets is null ? scales : scales.add_(_levelOffsets.index_select(0, _levels.index_select(0, batch)));
    }

    /// <summary>Adds what the neighbours' mean activations add to the scales.</summary>
    /// <param name="mean">[C].</param>
    /// <param name="centre">[C].</param>
    public void AddCentre(Tensor mean, Tensor centre) => centre.add_(mean.matmul(_spread).mul_(2)).add_(mean.mul(_neighbours.sum(0L)));

    /// <summary>Rounds the weights, copies them to the draft, and subtracts the centre from the offsets.</summary>
    /// <param name="draft">The draft, whose weights and offsets are replaced.</param>
    /// <param name="mean">[C].</param>
    /// <param name="weights">[C, C]: the trained weights within blocks of the first transform.</param>
    public void Finish(GridDraft draft, Tensor mean, Tensor weights)
    {
        _spread.copy_(ContextTraining.RoundWeights(_spread));
        _neighbours.copy_(ContextTraining.RoundWeights(_neighbours));
        _divided.copy_(ContextTraining.RoundWeights(_divided.triu(1)));
        draft.Spread = [.. _spread.data<float>()];
        draft.Neighbours = [.. _neighbours.data<float>()];
        draft.Divided = [.. _divided.data<float>()];
        if (_levelOffsets is not null)
            draft.LevelOffsets = [.. _levelOffsets.data<float>()];
        draft.Offsets = [.. _offsets.sub(DividedCentre(mean, weights, _divided)).data<float>()];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in new[] { _divided, _spread, _neighbours, _offsets, _noOffset, _indices, _transforms, _levels })
            tensor.Dispose();
        _levelOffsets?.Dispose();
    }

    /// <summary>Computes [C]: how far the centre of divided blocks' scales exceeds that of whole blocks.</summary>
    private static Tensor DividedCentre(Tensor mean, Tensor weights, Tensor divided)
    {
        using IDisposable constant = no_grad();
        return mean.matmul(divided.triu(1).sub(weights.triu(1)));
    }

    /// <summary>Finds the neighbours of each block, or their stand-ins: [blocks, 4].</summary>
    private static int[] FindNeighbours(SymbolPass pass)
    {
        var neighbours = new int[pass.Blocks * Prior.Neighbours];
        for (int image = 0; image < pass.Images.Count; image++)
        {
            int columns = pass.Images[image].Columns;
            for (int block = 0; block < pass.Images[image].Blocks; block++)
            {
                (int row, int column) = Math.DivRem(block, columns);
                int here = pass.Starts[image] + block;
                Neighbourhood.Find(
                    row,
                    column,
                    columns,
                    here,
                    above: here - columns,
                    none: pass.Blocks,
                    neighbours.AsSpan(here * Prior.Neighbours, Prior.Neighbours)
                );
            }
        }

        return neighbours;
    }
}
