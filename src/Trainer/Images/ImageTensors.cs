using Codec.Datasets;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Images;

/// <summary>Makes tensors of images, a byte b as b · scale + offset.</summary>
internal static class ImageTensors
{
    // Samples of a tensor of chosen images: 256 MiB of floats; and of a part of a set that is read part by part, of which a computation
    // has several copies.
    private const long MaxSamples = 64L << 20;
    private const long PartSamples = 12L << 20;

    /// <summary>All images of a set.</summary>
    /// <returns>[count, height · width · channels], 32-bit floats, owned by the caller.</returns>
    /// <exception cref="DatasetException">They are more than an array can hold.</exception>
    public static Tensor ToTensor(this ImageSet images, float scale, float offset) =>
        Scale(images.ReadAll(), images.ImageLength, scale, offset);

    /// <summary>Some images of a set.</summary>
    /// <returns>[indices, height · width · channels], 32-bit floats, owned by the caller.</returns>
    public static Tensor ToTensor(this ImageSet images, ReadOnlySpan<long> indices, float scale, float offset) =>
        Scale(images.Read(indices), images.ImageLength, scale, offset);

    /// <summary>The images of a set part by part, each small enough for a tensor of floats.</summary>
    /// <returns>[count of the part, height · width · channels], 32-bit floats, disposed before the next.</returns>
    public static IEnumerable<Tensor> ToTensors(this ImageSet images, float scale, float offset)
    {
        int most = (int)Math.Max(1, PartSamples / images.ImageLength);
        for (int first = 0; first < images.Count; first += most)
        {
            byte[] samples = images.Read(first, Math.Min(most, images.Count - first));
            using Tensor part = Scale(samples, images.ImageLength, scale, offset);
            yield return part;
        }
    }

    /// <summary>Chooses images evenly from a set.</summary>
    /// <param name="images">The set.</param>
    /// <param name="most">The largest number of images.</param>
    /// <returns>Their indices, rising: all if they are not more than that, and fit into one tensor.</returns>
    public static long[] Spread(this ImageSet images, int most = int.MaxValue)
    {
        long count = Math.Min(Math.Min(most, images.Count), Math.Max(1, MaxSamples / images.ImageLength));
        return [.. Enumerable.Range(0, (int)count).Select(i => i * (long)images.Count / count)];
    }

    private static Tensor Scale(byte[] samples, int length, float scale, float offset)
    {
        using DisposeScope scope = NewDisposeScope();
        // A scalar that is converted in the argument can be finalized while native code reads it ("Unknown scalar type").
        using Scalar factor = scale,
            addend = offset;
        return from_array(samples).reshape(-1, length).to(float32).mul_(factor).add_(addend).MoveToOuterDisposeScope();
    }
}
