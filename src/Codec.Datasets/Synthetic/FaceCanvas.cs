using System.Numerics;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets.Synthetic;

/// <summary>Paints a face on a canvas finer than the picture, then simulates a camera: blur, sampling, noise.</summary>
internal static class FaceCanvas
{
    // Nine samples a pixel, for smooth edges; a mask's pixel is the part of the face that most of its samples hit.
    private const int Fineness = 3;

    /// <summary>Renders a face, and a mask that holds the part of the face at each pixel.</summary>
    public static (Raster Image, PartMask Mask) Photograph(FacePainter painter, FaceScene scene, SplitMix noise, int width, int height)
    {
        int fineWidth = width * Fineness,
            fineHeight = height * Fineness;
        var samples = new byte[fineWidth * fineHeight * 3];
        var parts = new FacePart[fineWidth * fineHeight];
        float unit = 2f / (Fineness * Math.Min(width, height));
        for (int y = 0, i = 0; y < fineHeight; y++)
        {
            for (int x = 0; x < fineWidth; x++, i++)
            {
                parts[i] = painter.Paint((x + 0.5f - fineWidth / 2f) * unit, (y + 0.5f - fineHeight / 2f) * unit, out Vector3 color);
                for (int c = 0; c < 3; c++)
                    samples[3 * i + c] = Shade.ToSrgb(color[c]);
            }
        }

        var canvas = new Raster(fineWidth, fineHeight, 3, samples);
        // Simulates a lens out of focus: shrinks the canvas below the picture's size, then enlarges it again.
        float sharpness = Fineness - (Fineness - 0.7f) * MathF.Sqrt(scene.Blur);
        Raster soft = Resampler.Resize(canvas, Math.Max(1, (int)(width * sharpness)), Math.Max(1, (int)(height * sharpness)));
        Raster image = Resampler.Resize(soft, width, height);
        foreach (ref byte sample in image.Samples.AsSpan())
            sample = (byte)Math.Clamp(MathF.Round(noise.Normal(sample, scene.Grain)), 0, 255);
        return (image, new PartMask(width, height, Majority(parts, width, height)));
    }

    private static FacePart[] Majority(FacePart[] fine, int width, int height)
    {
        var parts = new FacePart[width * height];
        Span<int> votes = stackalloc int[(int)FacePart.Glasses + 1];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                votes.Clear();
                for (int point = 0; point < Fineness * Fineness; point++)
                {
                    int row = y * Fineness + point / Fineness,
                        column = x * Fineness + point % Fineness;
                    votes[(int)fine[row * width * Fineness + column]]++;
                }

                int most = 0;
                for (int part = 1; part < votes.Length; part++)
                {
                    if (votes[part] >= votes[most])
                        most = part;
                }

                parts[y * width + x] = (FacePart)most;
            }
        }

        return parts;
    }
}
