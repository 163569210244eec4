using Codec.Datasets;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Images;

internal static class ImageTensors
{
    /// <summary>The images of a set as a tensor, a byte b as b · scale + offset.</summary>
    /// <returns>[count, height · width · channels], 32-bit floats, owned by the caller.</returns>
    public static Tensor ToTensor(this ImageSet images, float scale, float offset)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bytes = from_array(images.Samples).reshape(images.Count, images.ImageLength);
        return bytes.to(float32).mul_(scale).add_(offset).MoveToOuterDisposeScope();
    }
}
