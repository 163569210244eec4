namespace Codec.Trainer.Import.Layers;

/// <summary>The layers that networks of images most often have, each as PyTorch or tf2onnx exports it.</summary>
internal static class CommonLayers
{
    /// <summary>Width and height of the images that the layers are tried on.</summary>
    public const int Side = 8;

    /// <summary>Channels of the images that the layers are tried on.</summary>
    public const int Channels = 3;

    // The channels between a layer and those around it.
    private const int Wide = 8;

    /// <summary>The layers, by name.</summary>
    public static IReadOnlyList<CommonLayer> All { get; } =
    [
        new("torch.nn.Linear", Torch(file => file.Add("Gemm", [Flat(file), Dense(file, 12, 192), file.Weights(1, 0, 12)], ("transB", 1)))),
        new("torch.nn.Conv2d", Torch(file => Conv(file, "input", Channels, 5, kernel: 3, ("strides", Pair(2)), ("pads", Pads(1))))),
        new(
            "torch.nn.ConvTranspose2d",
            Torch(file =>
                file.Add(
                    "ConvTranspose",
                    ["input", file.Weights(.3f, 0, Channels, 5, 5, 5), file.Weights(1, 0, 5)],
                    ("strides", Pair(2)),
                    ("pads", Pads(2)),
                    ("output_padding", Pair(1)),
                    ("dilations", Pair(1)),
                    ("group", 1),
                    ("kernel_shape", Pair(5))
                )
            )
        ),
        new("torch.nn.BatchNorm2d", Torch(BatchNorm)),
        new("torch.nn.GroupNorm", Torch(GroupNorm)),
        new("torch.nn.InstanceNorm2d", Torch(file => file.Add("InstanceNormalization", [Widened(file), Gain(file), Gain(file)]))),
        new(
            "torch.nn.LayerNorm",
            Torch(file => file.Add("LayerNormalization", ["input", file.Weights(1, 1, Side), file.Weights(1, 0, Side)], ("axis", -1)))
        ),
        new("torch.nn.PReLU", Torch(file => file.Add("PRelu", [Widened(file), file.Weights(.2f, .2f, Wide, 1, 1)]))),
        new("torch.nn.LeakyReLU", Torch(file => file.Add("LeakyRelu", [Widened(file)], ("alpha", .2f)))),
        new("torch.nn.ELU", Torch(file => file.Add("Elu", [Widened(file)], ("alpha", 1f)))),
        new("torch.nn.GELU", Torch(Gelu)),
        new("torch.nn.SiLU", Torch(Silu)),
        new(
            "torch.nn.MaxPool2d",
            Torch(file =>
                file.Add(
                    "MaxPool",
                    [Widened(file)],
                    ("ceil_mode", 0),
                    ("dilations", Pair(1)),
                    ("kernel_shape", Pair(2)),
                    ("pads", Pads(0)),
                    ("strides", Pair(2))
                )
            )
        ),
        new(
            "torch.nn.AvgPool2d",
            Torch(file =>
                file.Add(
                    "AveragePool",
                    [Widened(file)],
                    ("ceil_mode", 0),
                    ("count_include_pad", 1),
                    ("kernel_shape", Pair(3)),
                    ("pads", Pads(1)),
                    ("strides", Pair(2))
                )
            )
        ),
        new("torch.nn.AdaptiveAvgPool2d", Torch(file => file.Add("GlobalAveragePool", [Widened(file)]))),
        new("torch.nn.Upsample", Torch(Upsample)),
        new(
            "torch.nn.ReflectionPad2d",
            Torch(file => file.Add("Pad", ["input", file.Integers(0, 0, 2, 1, 0, 0, 1, 2)], ("mode", "reflect")))
        ),
        new("torch.nn.PixelShuffle", Torch(file => file.Add("DepthToSpace", [Widened(file)], ("blocksize", 2), ("mode", "CRD")))),
        new("compressai.layers.GDN", Torch(Gdn)),
        new(
            "keras.layers.Dense",
            Keras(file => file.Add("Add", [file.Add("MatMul", [Flat(file), Dense(file, 192, 12)]), file.Weights(1, 0, 12)]))
        ),
        new("keras.layers.Conv2D, same", Keras(SameConvolution)),
        new("torch.nn.LSTM", Torch(Lstm)),
    ];

    private static Func<byte[]> Torch(Func<ExportBuilder, string> layer) => () => Write("pytorch", [Channels, Side, Side], layer);

    private static Func<byte[]> Keras(Func<ExportBuilder, string> layer) => () => Write("tf2onnx", [Side, Side, Channels], layer);

    private static byte[] Write(string producer, int?[] input, Func<ExportBuilder, string> layer)
    {
        var file = new ExportBuilder(producer, 17, input);
        return file.Build(layer(file));
    }

    private static string Dense(ExportBuilder file, int rows, int columns) => file.Weights(.3f, 0, rows, columns);

    private static string Gain(ExportBuilder file) => file.Weights(.5f, 1, Wide);

    private static string Conv(ExportBuilder file, string x, int from, int to, int kernel, params (string, object)[] attributes) =>
        file.Add("Conv", [x, file.Weights(.5f, 0, to, from, kernel, kernel), file.Weights(1, 0, to)], attributes);

    private static string Widened(ExportBuilder file) => Conv(file, "input", Channels, Wide, kernel: 1);

    /// <summary>x.view(x.size(0), −1).</summary>
    private static string Flat(ExportBuilder file)
    {
        string batch = file.Add("Gather", [file.Add("Shape", ["input"]), file.Integer(0)], ("axis", 0));
        string shape = file.Add("Concat", [file.Add("Unsqueeze", [batch, file.Integers(0)]), file.Integers(-1)], ("axis", 0));
        return file.Add("Reshape", ["input", shape]);
    }

    private static string BatchNorm(ExportBuilder file) =>
        file.AddAll(
            "BatchNormalization",
            [Widened(file), Gain(file), Gain(file), Gain(file), Gain(file)],
            1,
            ("epsilon", 1e-5f),
            ("momentum", .9f),
            ("training_mode", 0)
        )[0];

    private static string GroupNorm(ExportBuilder file)
    {
        string x = Widened(file),
            grouped = file.Add("Reshape", [x, file.Integers(0, 4, -1)]);
        string normal = file.Add(
            "InstanceNormalization",
            [grouped, file.Floats([1, 1, 1, 1], 4), file.Floats([0, 0, 0, 0], 4)],
            ("epsilon", 1e-5f)
        );
        string restored = file.Add("Reshape", [normal, file.Add("Shape", [x])]);
        string scaled = file.Add("Mul", [restored, file.Weights(.5f, 1, Wide, 1, 1)]);
        return file.Add("Add", [scaled, file.Weights(.5f, 0, Wide, 1, 1)]);
    }

    private static string Gelu(ExportBuilder file)
    {
        string x = Widened(file);
        string erf = file.Add("Erf", [file.Add("Div", [x, file.Float(MathF.Sqrt(2))])]);
        return file.Add("Mul", [file.Add("Mul", [x, file.Add("Add", [erf, file.Float(1)])]), file.Float(.5f)]);
    }

    private static string Silu(ExportBuilder file)
    {
        string x = Widened(file);
        return file.Add("Mul", [x, file.Add("Sigmoid", [x])]);
    }

    /// <summary>interpolate(x, size=2 · x.shape[2:], mode='bilinear'), whose sizes the file computes.</summary>
    private static string Upsample(ExportBuilder file)
    {
        string outer = file.Add("Slice", [file.Add("Shape", ["input"]), file.Integers(0), file.Integers(2), file.Integers(0)]);
        string sizes = file.Add("Concat", [outer, file.Add("Cast", [file.Integers(2 * Side, 2 * Side)], ("to", 7))], ("axis", 0));
        return file.Add(
            "Resize",
            ["input", "", "", sizes],
            ("coordinate_transformation_mode", "pytorch_half_pixel"),
            ("cubic_coeff_a", -.75f),
            ("mode", "linear"),
            ("nearest_mode", "floor")
        );
    }

    private static string Gdn(ExportBuilder file) =>
        Gdn(file, Widened(file), Wide, file.Weights(.3f, 1, Wide), file.Weights(.2f, .1f, Wide, Wide), inverse: false);

    /// <summary>
    /// y = x / √(β + γ·x²), or its approximate inverse y = x · √(β + γ·x²) (Ballé 2016), with the bounds and squares by which CompressAI
    /// keeps β and γ positive.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="channels">C.</param>
    /// <param name="beta">[C]: √β.</param>
    /// <param name="gamma">[C, C]: √γ.</param>
    /// <param name="inverse">Whether it is the inverse.</param>
    public static string Gdn(ExportBuilder file, string x, int channels, string beta, string gamma, bool inverse)
    {
        string pedestal = file.Float(1.4551915e-11f);
        string kernel = file.Add("Reshape", [Positive(gamma, 3.8e-6f), file.Integers(channels, channels, 1, 1)]);
        string norm = file.Add(
            "Conv",
            [file.Add("Pow", [x, file.Float(2)]), kernel, Positive(beta, 1.0000072e-3f)],
            ("kernel_shape", Pair(1))
        );
        string root = file.Add("Sqrt", [norm]);
        return file.Add("Mul", [x, inverse ? root : file.Add("Div", [file.Float(1), root])]);

        string Positive(string weights, float least) =>
            file.Add("Sub", [file.Add("Pow", [file.Add("Max", [weights, file.Float(least)]), file.Float(2)]), pedestal]);
    }

    /// <summary>Conv2D(padding='same', strides=2) between the transpositions of tf2onnx.</summary>
    private static string SameConvolution(ExportBuilder file)
    {
        string first = file.Add("Transpose", ["input"], ("perm", new long[] { 0, 3, 1, 2 }));
        string same = Conv(file, first, Channels, 5, kernel: 3, ("auto_pad", "SAME_UPPER"), ("strides", Pair(2)));
        return file.Add("Transpose", [same], ("perm", new long[] { 0, 2, 3, 1 }));
    }

    private static string Lstm(ExportBuilder file) =>
        file.AddAll(
            "LSTM",
            [
                file.Add("Reshape", ["input", file.Integers(Channels * Side, -1, Side)]),
                file.Weights(.3f, 0, 1, 16, Side),
                file.Weights(.3f, 0, 1, 16, 4),
            ],
            3,
            ("hidden_size", 4)
        )[0];

    private static long[] Pair(long value) => [value, value];

    private static long[] Pads(long value) => [value, value, value, value];
}

/// <summary>A layer of a common library.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Export">Writes an encoder that consists of the layer.</param>
internal sealed record CommonLayer(string Name, Func<byte[]> Export);
