using Codec.Entropy;
using Codec.Errors;
using Codec.Models;
using Codec.Schemes.Fixed;
using Codec.Schemes.Grid;
using Codec.Transforms;

namespace Codec.Schemes;

/// <summary>Chooses a model's scheme: the only place that tests whether a manifest has a grid.</summary>
internal static class SchemeLoader
{
    /// <summary>Loads a package's prior, and those of its encoder and heads whose blobs are present.</summary>
    /// <param name="package">The package; borrowed for the call only.</param>
    /// <param name="graphs">Loads the graphs.</param>
    /// <param name="threads">Most threads that decode one image.</param>
    /// <returns>The scheme, to be disposed by the caller.</returns>
    /// <exception cref="InvalidModelException">A part is missing, malformed, or does not fit the others.</exception>
    /// <exception cref="RuntimeUnavailableException">A head is a network, and no runtime for it works here.</exception>
    public static IScheme Load(ModelPackage package, GraphLoader graphs, int threads)
    {
        Prior prior = LoadPrior(package);
        var encoder = ModelEncoder.Load(package, graphs);
        try
        {
            return package.Manifest.Grid is { } grid
                ? new GridScheme(package, grid, prior, encoder, graphs, threads)
                : new FixedScheme(package, prior, encoder, graphs);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private static Prior LoadPrior(ModelPackage package)
    {
        ModelManifest manifest = package.Manifest;
        Prior prior = Prior.Parse(package.Require(manifest.Prior, "prior").Span);
        PriorTables tables = prior.Tables;
        Require(tables.Latents == manifest.Latents, $"it has {tables.Latents} latents; the manifest says {manifest.Latents}.");
        Require(
            tables.Grid is null == manifest.Grid is null,
            $"it is {(tables.Grid is null ? "of single blocks" : "of a grid")}; the manifest {(manifest.Grid is null ? "has no grid" : "has one")}."
        );
        Require(
            tables.Grid?.Transforms == manifest.Grid?.Transforms,
            $"it has {tables.Grid?.Transforms} transforms; the manifest says {manifest.Grid?.Transforms}."
        );
        Require(
            tables.Qualities.Length == manifest.Qualities.Count,
            $"it has {tables.Qualities.Length} qualities; the manifest lists {manifest.Qualities.Count}."
        );
        Require(
            tables.Grid?.Steps is null || manifest.Format >= ModelManifest.SteppedFormat,
            $"its steps differ between latents, which needs format {ModelManifest.SteppedFormat}; the manifest's is {manifest.Format}."
        );
        Require(
            tables.Grid?.Colours is null || manifest.Format >= ModelManifest.ColouredFormat,
            $"it predicts colours, which needs format {ModelManifest.ColouredFormat}; the manifest's is {manifest.Format}."
        );
        return prior;
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidModelException("prior", message);
    }
}
