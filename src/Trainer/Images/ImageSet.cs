using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Images;

/// <summary>Images of one size, one after the other.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Pixels">[count, height, width, channels], 8 bits.</param>
internal sealed record ImageSet(int Width, int Height, int Channels, ReadOnlyMemory<byte> Pixels)
{
    /// <summary>Samples of one image.</summary>
    public int Samples => Width * Height * Channels;

    /// <summary>Number of images.</summary>
    public int Count => Pixels.Length / Samples;

    /// <summary>One image: [height, width, channels].</summary>
    public ReadOnlyMemory<byte> this[int index] => Pixels.Slice(index * Samples, Samples);

    /// <summary>All images, a byte b as b · scale + offset.</summary>
    /// <returns>[count, samples], 32-bit floats, owned by the caller.</returns>
    public Tensor ToTensor(float scale, float offset)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor bytes = from_array(Pixels.ToArray()).reshape(Count, Samples);
        return bytes.to(float32).mul_(scale).add_(offset).MoveToOuterDisposeScope();
    }
}
