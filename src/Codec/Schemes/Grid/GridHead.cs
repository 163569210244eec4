using Codec.Errors;
using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>A head of a grid model: a graph that outputs windows, and a filter for the complete lines.</summary>
/// <param name="Windows">Runs the graph; owned by the head.</param>
/// <param name="Filter">The post-filter; null where the head has none.</param>
/// <param name="Path">The vector width of the filter.</param>
internal sealed record GridHead(IWindowSynthesis Windows, PostFilter? Filter, SimdPath Path) : IDisposable
{
    /// <summary>Loads a head.</summary>
    /// <exception cref="InvalidModelException">A part is missing, malformed, or does not fit the others.</exception>
    /// <exception cref="RuntimeUnavailableException">The graph is a network, and no runtime for it works here.</exception>
    public static GridHead Load(GraphLoader graphs, ModelPackage package, OnnxGraph graph, HeadEntry head) =>
        Load(graphs, graph, head.Output, LoadFilter(package, head));

    /// <summary>Loads a head from its checked parts.</summary>
    /// <inheritdoc cref="Load(GraphLoader, ModelPackage, OnnxGraph, HeadEntry)"/>
    public static GridHead Load(GraphLoader graphs, OnnxGraph graph, ImageGeometry window, PostFilter? filter) =>
        new(graphs.LoadWindowSynthesis(graph, window), filter, graphs.Path);

    /// <summary>The post-filter of an image at a quality; null where it changes nothing.</summary>
    public PostFilter? FilterOf(WindowGrid image, int quality) =>
        Filter is { } filter && filter.Changes(quality, (long)image.Width * image.Height) ? filter : null;

    /// <inheritdoc/>
    public void Dispose() => Windows.Dispose();

    private static PostFilter? LoadFilter(ModelPackage package, HeadEntry head)
    {
        if (head.Filter is null)
            return null;
        PostFilter filter = PostFilter.Parse(package.Require(head.Filter, "filter").Span);
        if (filter.Tables.Planes != head.Output.Channels)
        {
            throw new InvalidModelException(
                "filter",
                $"it has {filter.Tables.Planes} planes; head {head.Name} gives {head.Output.Channels} channels."
            );
        }

        if (package.Manifest.Format < filter.LeastFormat)
        {
            throw new InvalidModelException(
                "filter",
                $"it is of version {filter.Version}, which needs format {filter.LeastFormat}; the manifest's is {package.Manifest.Format}."
            );
        }

        int qualities = package.Manifest.Qualities.Count;
        return filter.Tables.Qualities.Length == qualities
            ? filter
            : throw new InvalidModelException(
                "filter",
                $"it has {filter.Tables.Qualities.Length} qualities; the manifest lists {qualities}."
            );
    }
}
