using Codec.Images;
using Codec.Models;

namespace Codec.Onnx;

/// <summary>A graph's input and output: one float tensor each, whose outermost dimension is the free batch N.</summary>
/// <param name="Input">Name of the input.</param>
/// <param name="InputShape">The input's dimensions without N.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="OutputShape">The output's dimensions without N.</param>
internal sealed record GraphSignature(string Input, int[] InputShape, string Output, int[] OutputShape)
{
    /// <summary>Name of the tensor of images: [N, height, width, channels].</summary>
    public const string Pixels = "pixels";

    /// <summary>Name of the tensor of latents: [N, latents].</summary>
    public const string Latents = "latents";

    /// <summary>Number of floats of one image's input.</summary>
    public int InputLength => Product(InputShape);

    /// <summary>Number of floats of one image's output.</summary>
    public int OutputLength => Product(OutputShape);

    /// <summary>Creates an encoder's signature: <c>pixels</c> [N, H, W, C] → <c>latents</c> [N, K].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The geometry or latents exceed <see cref="ModelLimits"/>.</exception>
    public static GraphSignature Encoder(ImageGeometry input, int latents) => new(Pixels, Checked(input), Latents, Checked(latents));

    /// <summary>Creates a head's signature: <c>latents</c> [N, K] → <c>pixels</c> [N, H, W, C].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The geometry or latents exceed <see cref="ModelLimits"/>.</exception>
    public static GraphSignature Decoder(int latents, ImageGeometry output) => new(Latents, Checked(latents), Pixels, Checked(output));

    /// <summary>Checks that the lengths of a run's input and output fit its batch.</summary>
    /// <exception cref="ArgumentException">A length does not fit, or the batch is empty.</exception>
    public void CheckLengths(int input, int batch, int output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (input != (long)batch * InputLength)
            throw new ArgumentException($"{input} floats; {batch} images take {(long)batch * InputLength}.", nameof(input));
        if (output != (long)batch * OutputLength)
            throw new ArgumentException($"{output} floats; {batch} images give {(long)batch * OutputLength}.", nameof(output));
    }

    private static int[] Checked(ImageGeometry image)
    {
        CheckRange(image.Height, ModelLimits.MaxSide, nameof(image.Height));
        CheckRange(image.Width, ModelLimits.MaxSide, nameof(image.Width));
        CheckRange(image.Channels, 4, nameof(image.Channels));
        return [image.Height, image.Width, image.Channels];
    }

    private static int[] Checked(int latents)
    {
        CheckRange(latents, ModelLimits.MaxLatents * ModelLimits.MaxTransforms, nameof(latents));
        return [latents];
    }

    private static void CheckRange(int value, int max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
    }

    private static int Product(int[] shape) => shape.Aggregate(1, (product, side) => checked(product * side));
}
