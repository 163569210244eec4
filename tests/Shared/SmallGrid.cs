using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;

namespace Codec.Tests.Shared;

/// <summary>
/// A complete grid model that is small enough to make in a test: blocks of 16×16, windows of 32×32, untransformed colours.
/// </summary>
/// <remarks>A lapped orthogonal transform (Malvar and Staelin 1989): orthonormal over the whole image, mirrored edges included.</remarks>
public static partial class SmallGrid
{
    public const int Stride = 16;
    public const int Latents = Stride * Stride * 3;

    /// <summary>Transforms of a block: whole or in halves, along either axis.</summary>
    public const int Transforms = 4;

    public const int GraphLatents = Transforms * Latents;
    private const int Functions = 2 * Stride;

    /// <summary>Width and height of the golden image.</summary>
    public const int GoldenSide = 40;

    public static ImageGeometry Window { get; } = new(2 * Stride, 2 * Stride, 3, 1f, -128f);

    /// <summary>[transforms, latents]: index of each transform's latents among the graphs' latents, low frequencies first.</summary>
    public static ushort[] Order { get; } =
    [
        .. from transform in Enumerable.Range(0, Transforms)
        from i in Enumerable.Range(0, Latents).OrderBy(i => i / (Stride * 3) + i / 3 % Stride).ThenBy(i => i)
        let down = transform / 2 * Stride + i / (Stride * 3)
        let across = transform % 2 * Stride + i / 3 % Stride
        select (ushort)((down * Functions + across) * 3 + i % 3),
    ];

    private static readonly float[] Basis = CreateBasis();

    /// <summary>Makes the package of a model that takes images of any size, with two qualities.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="note">Text of the provenance: a different note gives a different version.</param>
    /// <param name="coloured">Whether colours are transformed, and predicted from the luminance; such a model has no filter.</param>
    /// <param name="slices">Which images are cut into slices; null for none.</param>
    /// <param name="stretch">Whether short axes are stretched to whole blocks.</param>
    public static ModelPackage Create(
        string name = "small-grid",
        string note = "",
        bool coloured = false,
        SliceEntry? slices = null,
        bool stretch = false
    )
    {
        byte[] encoder = Encoder(coloured),
            decoder = SeparableDecoder(coloured),
            prior = new Prior(coloured ? ColouredTables() : Tables()).ToBlob(),
            filter = Filter(qualities: 2);
        byte[] golden = Image(GoldenSide, GoldenSide, seed: 1);
        ReadOnlyMemory<byte>[] blobs = [encoder, decoder, prior, golden, .. coloured ? (ReadOnlyMemory<byte>[])[] : [filter]];
        Dictionary<Digest, ReadOnlyMemory<byte>> byDigest = blobs.ToDictionary(blob => Digest.Of(blob.Span));
        ModelManifest manifest = new()
        {
            Format = ModelManifest.CurrentFormat,
            Name = name,
            Input = Window,
            Grid = new GridEntry(Stride, Transforms) { Slices = slices, Stretch = stretch },
            Latents = Latents,
            Qualities = [new QualityEntry(40f, 0.3f), new QualityEntry(6f, 0.01f)],
            Encoder = Entry(encoder),
            Heads = [new HeadEntry(ModelManifest.ImageHead, Entry(decoder), Window, coloured ? null : Entry(filter))],
            Prior = Entry(prior),
            Golden = new GoldenEntry(Entry(golden), 1, new byte[] { GoldenSide, GoldenSide, 0 }),
            Provenance = new Dictionary<string, string> { ["note"] = note },
        };

        // The golden code needs the model, and the model's version covers the golden code: encode with a draft.
        using CodecModel draft = CodecModel.Load(new ModelPackage(manifest.ToJson(), byDigest), OnnxNetworkRuntime.Instance);
        manifest = manifest with { Golden = manifest.Golden with { Code = draft.Encode(golden, GoldenSide, GoldenSide, 1) } };
        return new ModelPackage(manifest.ToJson(), byDigest);
    }

    public static byte[] Encoder(bool coloured = false)
    {
        var graph = OnnxGraphBuilder.Encoder(Window, GraphLatents);
        OnnxValue basis = graph.Transpose(graph.Constant(Basis, Functions, Window.Width), 1, 0);
        OnnxValue planes = coloured ? graph.MatMul(graph.Input, graph.Transpose(graph.Constant(Colours, 3, 3), 1, 0)) : graph.Input;
        OnnxValue across = graph.MatMul(graph.Transpose(planes, 0, 3, 1, 2), basis);
        OnnxValue down = graph.MatMul(graph.Transpose(across, 0, 1, 3, 2), basis);
        return graph.Build(graph.Reshape(graph.Transpose(down, 0, 3, 2, 1), GraphLatents));
    }

    public static byte[] SeparableDecoder(bool coloured = false)
    {
        var graph = OnnxGraphBuilder.Decoder(GraphLatents, Window);
        OnnxValue basis = graph.Constant(Basis, Functions, Window.Width);
        OnnxValue coefficients = graph.Reshape(graph.Input, Functions, Functions, 3);
        OnnxValue channels = graph.MatMul(coefficients, graph.Constant(coloured ? Colours : [1f, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3));
        OnnxValue across = graph.MatMul(graph.Transpose(channels, 0, 3, 1, 2), basis);
        OnnxValue down = graph.MatMul(graph.Transpose(across, 0, 1, 3, 2), basis);
        return graph.Build(graph.Transpose(down, 0, 3, 2, 1));
    }

    /// <summary>The same decoder as one matrix.</summary>
    public static byte[] FullDecoder()
    {
        var rows = new float[GraphLatents * Window.Samples];
        for (int k = 0; k < GraphLatents; k++)
        {
            (int down, int across, int channel) = (k / (Functions * 3), k / 3 % Functions, k % 3);
            for (int i = channel; i < Window.Samples; i += 3)
            {
                rows[k * Window.Samples + i] =
                    Basis[down * Window.Width + i / (3 * Window.Width)] * Basis[across * Window.Width + i / 3 % Window.Width];
            }
        }

        return LinearGraphs.Decoder(rows, new float[Window.Samples], Window);
    }

    /// <summary>The blob of a filter that smooths slightly, flat areas most; its colours differ from the decoder's.</summary>
    public static byte[] Filter(int qualities)
    {
        const int Features = 8,
            Directions = 5;
        float third = MathF.Sqrt(1 / 3f),
            half = MathF.Sqrt(0.5f),
            sixth = MathF.Sqrt(1 / 6f);
        var weights = new float[2 * Directions * Features];
        for (int i = 0; i < Features; i++)
            (weights[i], weights[Features + i], weights[Directions * Features + i]) = (0.03f, i % 2 == 0 ? 0.01f : -0.01f, 0.01f);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("CFLT"u8);
        writer.Write([1, (byte)qualities, 3, 2]);
        Write([third, third, third, half, 0, -half, sixth, -2 * sixth, sixth]);
        Write([0.1f, 2]);
        // The entries have three taps, one tap and none, each down and across.
        writer.Write([3, 0, 1, 1, 0, 255, 1, 1, 0, 2, 0]);
        for (int q = 0; q < qualities; q++)
            Write([20, 4, 3, 2, .. weights]);
        writer.Flush();
        return stream.ToArray();

        void Write(float[] values)
        {
            foreach (float value in values)
                writer.Write(value);
        }
    }

    /// <summary>A smooth coloured image that depends on the seed.</summary>
    public static byte[] Image(int width, int height, int seed)
    {
        var random = new Random(seed);
        double[] phase = [.. Enumerable.Range(0, 6).Select(_ => random.NextDouble() * Math.Tau)];
        var samples = new byte[width * height * 3];
        for (int i = 0; i < samples.Length; i++)
        {
            int x = i / 3 % width,
                y = i / 3 / width,
                c = i % 3;
            samples[i] = (byte)
                Math.Clamp(128 + Math.Sin(x * 0.3 + phase[c]) * 50 + Math.Cos(y * 0.25 + phase[3 + c]) * 40 + random.Next(-6, 7), 0, 255);
        }

        return samples;
    }

    private static BlobEntry Entry(byte[] bytes) => new(Digest.Of(bytes), bytes.Length);

    private static PriorTables Tables()
    {
        const int Scales = 16,
            Decisions = 6,
            Reach = 6;
        return new PriorTables(
            Latents,
            Trellis.EightStates,
            Scales,
            Decisions,
            Shift: 4,
            Activations: [2, 3, 4, 5, 6],
            [Quality(64, 160, 2), Quality(256, 230, 1)],
            new GridRule(
                Predicted: 3,
                Reach,
                [
                    .. Enumerable
                        .Range(0, Prior.Neighbours * Reach * Reach)
                        .Select(i => (short)(i % (Reach + 1) == 0 ? new[] { 600, 600, -200, 0 }[i / (Reach * Reach)] : 0)),
                ],
                Adaptation: 5,
                Transforms,
                Order
            )
        );

        static PriorQuality Quality(int coded, int bias, int slope) =>
            new(
                coded,
                [.. Enumerable.Range(0, coded).Select(i => bias - slope * i)],
                [.. Enumerable.Range(0, coded * (coded - 1) / 2).Select(i => (sbyte)(i % 3))],
                [.. Enumerable.Range(0, 8 * Scales * Decisions).Select(i => (ushort)(1500 + i / Decisions % Scales * 3900))],
                [0, 0],
                new GridTables(
                    [.. Enumerable.Range(0, Prior.Neighbours * coded).Select(i => (sbyte)(i % 4))],
                    [.. Enumerable.Range(0, coded * coded).Select(i => (sbyte)(i % coded == i / coded ? 3 : 0))],
                    [.. Enumerable.Range(0, coded * (coded - 1) / 2).Select(i => (sbyte)(i % 2))],
                    [.. Enumerable.Repeat((ushort)32768, Prior.ExtentCount(coded))],
                    [.. Enumerable.Repeat((ushort)20000, Prior.TransformCount(Transforms))],
                    new short[(Transforms - 1) * coded],
                    [.. Enumerable.Range(0, (Reach - 3) * Prior.Certainties).Select(i => (ushort)(32768 + i % Prior.Certainties * 1000))]
                )
            );
    }

    /// <summary>
    /// [2 · 16 functions, 32 pixels]: cosines of a block and of its halves, after butterflies across its edges, whose differences are
    /// rotated in pairs.
    /// </summary>
    private static float[] CreateBasis()
    {
        const int half = Stride / 2,
            width = 2 * Stride;
        (double sine, double cosine) = Math.SinCos(0.1);
        var lapped = new double[Stride, width];
        for (int i = 0; i < half; i++)
        {
            foreach ((int row, int edge, int sign) in new[] { (i, half, 1), (Stride - 1 - i, width - half, -1) })
            {
                lapped[row, edge + i] += 0.5;
                lapped[row, edge - 1 - i] += 0.5;
                foreach ((int k, double turn) in new[] { (i, cosine), (i ^ 1, i % 2 == 0 ? sine : -sine) })
                {
                    lapped[row, edge + k] += sign * turn / 2;
                    lapped[row, edge - 1 - k] -= sign * turn / 2;
                }
            }
        }

        var basis = new float[Functions * width];
        for (int u = 0; u < Functions; u++)
        {
            for (int n = 0; n < width; n++)
            {
                for (int i = 0; i < Stride; i++)
                    basis[u * width + n] += (float)(Function(u, i) * lapped[i, n]);
            }
        }

        return basis;

        static double Function(int u, int i) =>
            u < Stride ? Cosine(Stride, u, i)
            : u < Stride + 2 ? Cosine(2, u - Stride, i / half) / Math.Sqrt(half)
            : i / half == u % 2 ? Cosine(half, (u - Stride) / 2, i % half)
            : 0;

        static double Cosine(int length, int u, int i) =>
            Math.Sqrt((u == 0 ? 1.0 : 2.0) / length) * Math.Cos(Math.PI * u * (i + 0.5) / length);
    }
}
