using Codec.Filtering;
using Codec.Images;
using Codec.Imaging;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Photos;

/// <summary>
/// Fits a model's post-filter: for each quality and plane, the weights that minimize the squared error between original and decoded images
/// (Wiener 1949), refined for SSIMULACRA 2 (<see cref="FilterRefinement"/>). A filter is kept only where other photographs look better with
/// it: for images of all sizes if it gains what its time is worth, else one that is fitted to small images is kept for these, whose time
/// does not matter, and for the blocks at strong edges of larger ones, where errors are seen first.
/// </summary>
/// <param name="model">The model, without a filter.</param>
/// <param name="colours">The model's colour planes.</param>
/// <param name="photos">Photographs of all sizes.</param>
/// <param name="small">Images of at most <see cref="SmallPixels"/> pixels.</param>
/// <param name="start">A filter of the model's qualities to keep where the fitted one is not better; null for none.</param>
internal sealed class FilterTraining(
    CodecModel model,
    ColourAxes colours,
    FilterImages photos,
    FilterImages small,
    PostFilter? start = null
)
{
    /// <summary>The largest image for which a filter of small images is kept: a portrait of 250×250 is one.</summary>
    public const int SmallPixels = 1 << 16;

    /// <summary>The contrast of a block at a strong edge: 75 grey levels of luminance, whose plane has √3 times as large values.</summary>
    public const float EdgeContrast = 130;

    // A filter is fitted to one photograph, or one small image, in this many.
    private const int Spacing = 12;
    private const int SmallSpacing = 4;

    // Photographs are divided into this many shares, whose sums are added in order, so that the filter does not depend on the number of
    // threads.
    private const int Shares = 8;

    // Regularization, relative to the mean of the diagonal: it determines weights for which there are no data.
    private const double Ridge = 1e-5;

    // The points of SSIMULACRA2 that a filter of all blocks must gain: it takes two fifths of a decoder's time, and strong edges alone, for
    // half of that, gain more than half of this. One point is about 4 % of the bytes.
    private const double LeastGain = 1.4;

    // The points that it must gain where another filter takes that time already, or where the images are small.
    private const double LeastBetter = 0.1;

    private readonly FilterDesign _design = new(colours);

    /// <summary>Fits a filter to some photographs of a set.</summary>
    /// <param name="unfiltered">The model's parts, without a filter.</param>
    /// <param name="set">The photographs.</param>
    /// <param name="start">A filter of the same qualities, which is kept where the fitted one is not better; null for none.</param>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two photographs.</param>
    /// <returns>The filter; <paramref name="start"/> if there are too few photographs to judge another.</returns>
    public static PostFilter? Fit(
        TrainedGrid unfiltered,
        PhotoSet set,
        PostFilter? start,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        FilterImages photos = FilterImages.Divide(set.Photos, Spacing),
            small = FilterImages.Divide(
                set.Photos.Where(photo => (long)photo.Width * photo.Height <= SmallPixels).Concat(set.Thumbnails),
                SmallSpacing
            );
        if (photos == FilterImages.None)
            return start;
        using CodecModel model = CodecModel.Load(unfiltered.ToModel("unfiltered", new Dictionary<string, string>()));
        return new FilterTraining(model, unfiltered.Colours, photos, small, start).Run(progress, cancellationToken);
    }

    /// <summary>Fits all qualities.</summary>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two photographs.</param>
    public PostFilter Run(Action<double> progress, CancellationToken cancellationToken)
    {
        int qualities = model.Manifest.Qualities.Count;
        var fitted = new FilterQuality[qualities];
        for (int q = 0; q < qualities; q++)
        {
            fitted[q] = Fit(q, cancellationToken);
            progress((q + 1.0) / qualities);
        }

        return _design.Filter(fitted);
    }

    /// <summary>
    /// Fits a filter for images of all sizes. Where that gains less than its time is worth, fits one for small images, which larger ones
    /// use at strong edges if they gain by it. The filter that the training starts from stays where neither is better.
    /// </summary>
    private FilterQuality Fit(int quality, CancellationToken cancellationToken)
    {
        FilterQuality fitted = Solve(quality, photos.Fitted, cancellationToken),
            none = FilterDesign.Keep(fitted, 0);
        FilterQuality[] present = start is not null && _design.Takes(start) && start.Changes(quality, pixels: 1)
                ? [start.Tables.Qualities[quality]]
                : [],
            unbounded = [.. present.Where(filter => filter.Pixels == FilterQuality.AnySize)],
            bounded = [.. present.Where(filter => filter.Pixels != FilterQuality.AnySize)];
        FilterQuality kept = Judge(
            quality,
            photos.Judged,
            [.. unbounded, none, .. Kept(fitted)],
            unbounded.Length > 0 ? LeastBetter : LeastGain,
            cancellationToken
        );
        if (kept != none)
            return kept;
        if (small == FilterImages.None)
            return bounded.FirstOrDefault(none);
        FilterQuality sized = Solve(quality, small.Fitted, cancellationToken) with { Pixels = SmallPixels };
        kept = Judge(quality, small.Judged, [.. bounded, none, .. Kept(sized)], LeastBetter, cancellationToken);
        return kept == none
            ? none
            : Judge(quality, photos.Judged, [kept, kept with { Contrast = EdgeContrast }], LeastBetter, cancellationToken);

        static IEnumerable<FilterQuality> Kept(FilterQuality filter) =>
            Enumerable.Range(1, FilterDesign.Planes).Select(kept => FilterDesign.Keep(filter, kept));
    }

    /// <summary>Chooses the filter with the highest mean SSIMULACRA2; the first if no other gains enough.</summary>
    private FilterQuality Judge(
        int quality,
        IReadOnlyList<Raster> judged,
        FilterQuality[] candidates,
        double leastGain,
        CancellationToken cancellationToken
    )
    {
        double[][] scores =
        [
            .. judged
                .AsParallel()
                .AsOrdered()
                .WithCancellation(cancellationToken)
                .Select((photo, index) => DecodedImage.Of(model, photo, quality)?.Shortened(index))
                .OfType<DecodedImage>()
                .Select(image =>
                    candidates
                        .Select(candidate =>
                            Ssimulacra2.Compare(image.Original, _design.Show(candidate, image.Original.Size, image.Planes))
                        )
                        .ToArray()
                ),
        ];
        double[] means = [.. candidates.Select((_, i) => scores.Sum(photo => photo[i]) / Math.Max(1, scores.Length))];
        int best = Array.IndexOf(means, means.Max());
        return candidates[means[best] - means[0] >= leastGain ? best : 0];
    }

    /// <summary>Fits the weights of all planes: by least squares first, then by SSIMULACRA2.</summary>
    private FilterQuality Solve(int quality, IReadOnlyList<Raster> images, CancellationToken cancellationToken)
    {
        float step = model.Manifest.Qualities[quality].Step;
        var decoded = new DecodedImage?[images.Count];
        var shares = new FilterStatistics[Shares];
        Parallel.For(
            0,
            Shares,
            new ParallelOptions { CancellationToken = cancellationToken },
            share =>
            {
                shares[share] = FilterDesign.Statistics(step);
                for (int n = share; n < images.Count; n += Shares)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Raster photo = images[n];
                    decoded[n] = DecodedImage.Of(model, photo, quality);
                    if (decoded[n] is { } image)
                        shares[share].Add(photo.Width, photo.Height, _design.Turn(photo.Samples), image.Planes);
                }
            }
        );
        foreach (FilterStatistics share in shares[1..])
            shares[0].Merge(share);
        double[][] weights =
        [
            .. Enumerable
                .Range(0, FilterDesign.Planes)
                .Select(plane => Solve(shares[0].Products[plane], shares[0].Targets[plane], FilterDesign.Fitted(plane))),
        ];
        DecodedImage[] seen = [.. decoded.OfType<DecodedImage>()];
        return seen.Length == 0
            ? FilterDesign.Pack(step, weights)
            : new FilterRefinement(_design, step, shares[0], seen).Run(weights, cancellationToken);
    }

    private static double[] Solve(double[] products, double[] targets, int[] used)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor indices = from_array(used).to(int64);
        Tensor matrix = products.ToTensor(targets.Length, targets.Length).index_select(0, indices).index_select(1, indices);
        matrix.add_(eye(used.Length, dtype: float64).mul(Ridge * matrix.trace().item<double>() / used.Length + double.Epsilon));
        return [.. linalg.solve(matrix, targets.ToTensor(targets.Length).index_select(0, indices)).data<double>()];
    }
}
