using Codec.Datasets;
using Codec.Trainer.Import.Layers;
using Codec.Trainer.LinearCodes;

namespace Trainer.Tests.Import;

/// <summary>Writes the files of whole networks as exporters do, with weights that restore smooth images without training.</summary>
internal static class ExportedNetworks
{
    /// <summary>Channels of the latents of the factorized-prior network.</summary>
    public const int LatentChannels = 16;

    /// <summary>Levels of the factorized-prior network: sides shrink by 2 at each.</summary>
    private static readonly int[] Widths = [3, 12, LatentChannels];

    /// <summary>
    /// An analysis or synthesis transform like those of CompressAI's factorized prior: strided convolutions with GDN between them, free
    /// height and width. Its kernels are Haar's, of which the second level keeps those of the coarse planes.
    /// </summary>
    /// <param name="decoder">Whether it is the synthesis.</param>
    public static byte[] FactorizedPrior(bool decoder)
    {
        var file = new ExportBuilder("pytorch", 17, decoder ? LatentChannels : 3, null, null);
        string x = "input";
        for (int step = 0; step < 2; step++)
        {
            int level = decoder ? 1 - step : step;
            (int fine, int coarse) = (Widths[level], Widths[level + 1]);
            string kernel = file.Floats(Haar(fine, coarse), coarse, fine, 2, 2);
            if (decoder && level == 0)
                x = Gdn(file, x, coarse, decoder);
            x = file.Add(
                decoder ? "ConvTranspose" : "Conv",
                [x, kernel, file.Floats(new float[decoder ? fine : coarse], decoder ? fine : coarse)],
                ("dilations", new long[] { 1, 1 }),
                ("group", 1),
                ("kernel_shape", new long[] { 2, 2 }),
                ("pads", new long[] { 0, 0, 0, 0 }),
                ("strides", new long[] { 2, 2 })
            );
            if (!decoder && level == 0)
                x = Gdn(file, x, coarse, decoder);
        }

        return file.Build(x);
    }

    /// <summary>A dense autoencoder like Keras's: the principal components of a set, between flattened images and a code.</summary>
    public static (byte[] Encoder, byte[] Decoder) Dense(ImageSet images, int code)
    {
        LinearPair pair = PrincipalComponents.Fit(images, code, mirrored: false).ToPair(code, 1 / 255f, 0);
        int samples = images.ImageLength;
        var encoder = new ExportBuilder("tf2onnx", 15, images.Height, images.Width, images.Channels);
        string flat = encoder.Add("Reshape", ["input", encoder.Integers(-1, samples)]);
        var columns = new float[samples * code];
        for (int index = 0; index < columns.Length; index++)
            columns[index] = pair.EncoderWeights[index % code * samples + index / code];
        string product = encoder.Add("MatMul", [flat, encoder.Floats(columns, samples, code)]);

        var decoder = new ExportBuilder("tf2onnx", 15, code);
        string rows = decoder.Add("MatMul", ["input", decoder.Floats(pair.DecoderWeights, code, samples)]);
        string sum = decoder.Add("Add", [rows, decoder.Floats(pair.DecoderBias, samples)]);
        string batch = decoder.Add("Slice", [decoder.Add("Shape", [sum]), decoder.Integers(0), decoder.Integers(1), decoder.Integers(0)]);
        string shape = decoder.Add("Concat", [batch, decoder.Integers(images.Height, images.Width, images.Channels)], ("axis", 0));
        return (
            encoder.Build(encoder.Add("Add", [product, encoder.Floats(pair.EncoderBias, code)])),
            decoder.Build(decoder.Add("Reshape", [sum, shape]))
        );
    }

    private static string Gdn(ExportBuilder file, string x, int channels, bool inverse)
    {
        float[] beta = new float[channels],
            gamma = new float[channels * channels];
        Array.Fill(beta, 1);
        Array.Fill(gamma, .04f);
        return CommonLayers.Gdn(file, x, channels, file.Floats(beta, channels), file.Floats(gamma, channels, channels), inverse);
    }

    /// <summary>[coarse, fine, 2, 2]: channel o takes plane o mod fine, by filter o / fine; orthonormal.</summary>
    private static float[] Haar(int fine, int coarse)
    {
        var kernel = new float[coarse * fine * 4];
        for (int o = 0; o < coarse; o++)
        {
            // The first level keeps all four filters of three planes; the second all four of the first four planes.
            int planes = coarse / 4,
                plane = o % planes,
                filter = o / planes;
            for (int tap = 0; tap < 4; tap++)
            {
                bool negative = ((tap & 1 & filter) ^ ((tap >> 1) & (filter >> 1))) == 1;
                kernel[(o * fine + plane) * 4 + tap] = negative ? -.5f : .5f;
            }
        }

        return kernel;
    }
}
