using Codec.Images;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Training;

/// <summary>
/// Random variations of images, from which a network learns more than from the images alone. Random numbers come from Torch's generator.
/// </summary>
internal static class RandomImages
{
    // For faces that are already centred: about a pixel of 32, a twentieth of the size, and three degrees.
    private const float Shift = 0.06f;
    private const float Zoom = 0.05f;
    private const float Turn = 0.05f;

    // Bending moves the knots of a coarse grid by this deviation, in units of half an image.
    private const int Knots = 5;
    private const float Bending = 0.04f;

    /// <summary>Tosses a fair coin for each image.</summary>
    /// <param name="images">[B, D].</param>
    /// <returns>[B, 1] of booleans.</returns>
    public static Tensor Coin(Tensor images) => rand(images.shape[0], 1, device: images.device).lt(0.5f);

    /// <summary>Mirrors images left to right.</summary>
    /// <param name="images">[B, D].</param>
    /// <param name="shape">Their shape.</param>
    public static Tensor Mirror(Tensor images, ImageGeometry shape) =>
        images.reshape(-1, shape.Height, shape.Width, shape.Channels).flip(2).reshape(images.shape[0], -1);

    /// <summary>Shifts, zooms and rotates each image by small random amounts; edge pixels are repeated.</summary>
    /// <param name="images">[B, D].</param>
    /// <param name="shape">Their shape.</param>
    public static Tensor Move(Tensor images, ImageGeometry shape)
    {
        long count = images.shape[0];
        Tensor zoom = randn(count, device: images.device).mul_(Zoom).exp_(),
            turn = randn(count, device: images.device).mul_(Turn);
        Tensor cosine = zoom.mul(turn.cos()),
            sine = zoom.mul(turn.sin());
        Tensor shifts = randn(count, 2, device: images.device).mul_(Shift);
        Tensor across = stack([cosine, sine.neg(), shifts.select(1, 0)], 1),
            down = stack([sine, cosine, shifts.select(1, 1)], 1); // [B, 3]
        return Sample(images, functional.affine_grid(stack([across, down], 1), [count, shape.Channels, shape.Height, shape.Width]), shape);
    }

    /// <summary>Distorts each image smoothly at random, as if printed on cloth; edge pixels are repeated.</summary>
    /// <param name="images">[B, D].</param>
    /// <param name="shape">Their shape.</param>
    public static Tensor Bend(Tensor images, ImageGeometry shape)
    {
        long count = images.shape[0];
        Tensor straight = eye(2, 3, device: images.device).expand(count, 2, 3);
        Tensor grid = functional.affine_grid(straight, [count, shape.Channels, shape.Height, shape.Width]); // [B, H, W, 2]
        Tensor knots = randn([count, 2, Knots, Knots], device: images.device).mul_(Bending);
        Tensor bend = functional.interpolate(knots, [shape.Height, shape.Width], mode: InterpolationMode.Bilinear, align_corners: true);
        return Sample(images, grid.add(bend.permute(0, 2, 3, 1)), shape);
    }

    private static Tensor Sample(Tensor images, Tensor grid, ImageGeometry shape)
    {
        Tensor planes = images.reshape(-1, shape.Height, shape.Width, shape.Channels).permute(0, 3, 1, 2); // [B, C, H, W]
        Tensor sampled = functional.grid_sample(planes, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: false);
        return sampled.permute(0, 2, 3, 1).reshape(images.shape[0], -1);
    }
}
