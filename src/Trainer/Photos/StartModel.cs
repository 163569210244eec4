using Codec.Entropy;
using Codec.Filtering;
using Codec.Models;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Photos;

/// <summary>A published model of photographs, at whose tables a training starts.</summary>
internal sealed class StartModel
{
    private StartModel(ModelPackage package, PriorTables tables, PostFilter? filter) =>
        (Package, Tables, Filter) = (package, tables, filter);

    /// <summary>The model.</summary>
    public ModelPackage Package { get; }

    /// <summary>The tables of its prior.</summary>
    public PriorTables Tables { get; }

    /// <summary>Its post-filter; null if it has none.</summary>
    public PostFilter? Filter { get; }

    /// <summary>Reads a model file.</summary>
    /// <exception cref="ArgumentException">The model is of one size, or has another transform or prior than this trainer makes.</exception>
    public static StartModel Load(FileInfo file)
    {
        ModelPackage package = ModelPackage.Load(file.FullName);
        ModelManifest manifest = package.Manifest;
        if (manifest.Grid is null)
        {
            throw new ArgumentException(
                $"--from {file}: {manifest.Name} is a model of one size ({manifest.Input.Size}); a model of photographs is needed, "
                    + "such as photos.codec."
            );
        }

        Prior prior = Prior.Parse(package.Blobs[manifest.Prior.Digest].Span);
        HeadEntry image = manifest.GetHead(ModelManifest.ImageHead);
        bool ours =
            manifest.Encoder.Digest == Digest.Of(LappedTransform.Encoder(PhotosTraining.Window, ColourAxes.Standard.Analysis))
            && image.Graph.Digest == Digest.Of(LappedTransform.Decoder(PhotosTraining.Window, ColourAxes.Standard.Synthesis))
            && manifest.Heads.Count == 1
            && QualityDraft.CanRead(prior.Tables);
        return ours
            ? new StartModel(package, prior.Tables, image.Filter is { } filter ? PostFilter.Parse(package.Blobs[filter.Digest].Span) : null)
            : throw new ArgumentException(
                $"--from {file}: {manifest.Name} has another transform or prior than this trainer's models of photographs; start "
                    + "from a model that this version of the trainer made, or leave --from out."
            );
    }

    /// <summary>The quality as a draft.</summary>
    public QualityDraft Draft(int quality) => QualityDraft.Of(Tables, quality, Package.Manifest.Qualities[quality]);

    /// <summary>Whether a quality has the weights of the one before.</summary>
    public bool SharesWeights(int quality) =>
        quality > 0
        && Tables.Qualities[quality].Weights.Length > 0
        && Tables.Qualities[quality - 1].Coded == Tables.Qualities[quality].Coded
        && Tables.Qualities[quality - 1].Weights.AsSpan().SequenceEqual(Tables.Qualities[quality].Weights);
}
