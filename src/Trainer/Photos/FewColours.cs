using Codec.Datasets;
using Codec.Images;
using Codec.Onnx;
using Codec.Trainer.Own;

namespace Codec.Trainer.Photos;

/// <summary>
/// Finds pictures of few colours, such as icons and screenshots: a model of photographs keeps them exact at every quality (ADR 29), so that
/// training changes nothing for them, and they cannot tell its qualities apart.
/// </summary>
internal static class FewColours
{
    // A code of as many colours or fewer can be exact; the shipped model says whether it is the shorter one.
    private const int MostColours = 256;

    /// <summary>Leaves such pictures out of a set.</summary>
    /// <param name="train">Training images.</param>
    /// <param name="validation">Images that steer the training; may be the held-out ones.</param>
    /// <param name="test">
    /// Held-out images. Those of <paramref name="validation"/> serve for them, and the reverse, if none are left.
    /// </param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>The number of pictures that were left out.</returns>
    /// <exception cref="DatasetException">Too few images are left, or none that is held out.</exception>
    public static int LeaveOut(ref Raster[] train, ref Raster[] validation, ref Raster[] test, CancellationToken cancellationToken)
    {
        if (ShippedPhotos.Model() is not { } package)
            return 0;
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        bool isOne = ReferenceEquals(validation, test);
        int judges = test.Length + (isOne ? 0 : validation.Length),
            all = train.Length + judges;
        train = Others(train);
        test = Others(test);
        validation = isOne ? test : Others(validation);
        int judgesLeft = test.Length + (isOne ? 0 : validation.Length),
            left = train.Length + judgesLeft;
        if (left == all)
            return 0;
        if (left < ModelFamily.FewestPhotos || train.Length == 0)
        {
            throw new DatasetException(
                $"{all - left:N0} of {all:N0} images have so few colours that {package.Manifest.Name} keeps them exact at every "
                    + $"quality, as every model of photographs does; the other {left:N0} are too few to train on. "
                    + $"Use {package.Manifest.Name} as it is, or PNG."
            );
        }

        if (judges > 0 && judgesLeft == 0)
        {
            throw new DatasetException(
                $"All {judges:N0} held-out images have so few colours that {package.Manifest.Name} keeps them exact at every quality, "
                    + "as every model of photographs does: they cannot judge one. "
                    + "Hold out photographs, with --train and --test, or give more of them."
            );
        }

        test = test.Length > 0 ? test : validation;
        validation = validation.Length > 0 ? validation : test;
        return all - left;

        Raster[] Others(Raster[] images) =>
            [.. images.AsParallel().AsOrdered().WithCancellation(cancellationToken).Where(image => !IsKeptExact(model, image))];
    }

    private static bool IsKeptExact(CodecModel model, Raster image)
    {
        int channels = image.Channels;
        var colours = new HashSet<int>();
        for (int i = 0; i < image.Samples.Length; i += channels)
        {
            int colour = image.Samples[i];
            for (int c = 1; c < channels; c++)
                colour = colour << 8 | image.Samples[i + c];
            if (colours.Add(colour) && colours.Count > MostColours)
                return false;
        }

        byte[] code = model.Encode(image.Samples, image.Width, image.Height, quality: 0);
        return model.Decode(code, quality: 0).Samples.AsSpan().SequenceEqual(image.Samples);
    }
}
