using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;

namespace Codec.Tests.Shared;

/// <summary>
/// A complete model that is small enough to make in a test: 8×8 RGB, an orthonormal cosine basis for analysis and synthesis, and a
/// hand-made prior.
/// </summary>
public static class SmallModel
{
    public const int Side = 8;
    public const int Latents = 48;

    public static ImageGeometry Geometry { get; } = new(Side, Side, 3, 1f, 0f);

    /// <summary>Makes the package.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="note">Text of the provenance: a different note gives a different version.</param>
    /// <param name="networkEncoder">Whether the encoder is a network that gives the same latents.</param>
    /// <param name="networkHead">Whether the head is a network that gives the same bytes.</param>
    /// <param name="step">Quantizer step of quality 1: a different step gives different pixels.</param>
    public static ModelPackage Create(
        string name = "small-8",
        string note = "",
        bool networkEncoder = false,
        bool networkHead = false,
        float step = 6f
    )
    {
        float[] basis = CosineBasis();
        float[] mean = [.. Enumerable.Repeat(128f, Geometry.Samples)];
        byte[] encoder = networkEncoder
            ? NetworkEncoder(basis, Bias(basis, mean))
            : LinearGraphs.Encoder(basis, Bias(basis, mean), Geometry);
        byte[] decoder = networkHead ? NetworkDecoder(basis, mean) : LinearGraphs.Decoder(basis, mean, Geometry);
        var prior = new Prior(Tables());
        byte[] priorBlob = prior.ToBlob();
        byte[] golden = Image(1);

        ReadOnlyMemory<byte>[] blobs = [encoder, decoder, priorBlob, golden];
        Dictionary<Digest, ReadOnlyMemory<byte>> byDigest = blobs.ToDictionary(blob => Digest.Of(blob.Span));
        ModelManifest manifest = new()
        {
            Format = ModelManifest.CurrentFormat,
            Name = name,
            Input = Geometry,
            Latents = Latents,
            Qualities = [new QualityEntry(24f, 0.3f), new QualityEntry(step, 0.2f)],
            Encoder = Entry(encoder),
            Heads = [new HeadEntry(ModelManifest.ImageHead, Entry(decoder), Geometry)],
            Prior = Entry(priorBlob),
            Golden = new GoldenEntry(Entry(golden), 1, new byte[] { 0 }),
            Provenance = new Dictionary<string, string> { ["note"] = note },
        };

        // The golden code needs the model, and the model's version covers the golden code: encode with a draft.
        using CodecModel draft = CodecModel.Load(new ModelPackage(manifest.ToJson(), byDigest), OnnxNetworkRuntime.Instance);
        manifest = manifest with { Golden = manifest.Golden with { Code = draft.Encode(golden, Side, Side, 1) } };
        return new ModelPackage(manifest.ToJson(), byDigest);
    }

    /// <summary>A smooth coloured image that depends on the seed.</summary>
    public static byte[] Image(int seed)
    {
        var random = new Random(seed);
        double[] phase = [.. Enumerable.Range(0, 6).Select(_ => random.NextDouble() * Math.Tau)];
        var samples = new byte[Geometry.Samples];
        for (int i = 0; i < samples.Length; i++)
        {
            int x = i / 3 % Side,
                y = i / 3 / Side,
                c = i % 3;
            double wave = Math.Sin(x * 0.6 + phase[c]) * 50 + Math.Cos(y * 0.5 + phase[3 + c]) * 40;
            samples[i] = (byte)Math.Clamp(128 + wave + random.Next(-6, 7), 0, 255);
        }

        return samples;
    }

    // Pixels are not negative: a rectifier leaves them unchanged, and makes the graph a network.
    private static byte[] NetworkEncoder(float[] basis, float[] bias)
    {
        var graph = OnnxGraphBuilder.Encoder(Geometry, Latents);
        return graph.Build(
            graph.Gemm(
                graph.Flatten(graph.Relu(graph.Input)),
                graph.Constant(basis, Latents, Geometry.Samples),
                graph.Constant(bias, Latents),
                transposed: true
            )
        );
    }

    private static byte[] NetworkDecoder(float[] basis, float[] mean)
    {
        var graph = OnnxGraphBuilder.Decoder(Latents, Geometry);
        OnnxValue sum = graph.Add(
            graph.MatMul(graph.Input, graph.Constant(basis, Latents, Geometry.Samples)),
            graph.Constant(mean, mean.Length)
        );
        return graph.Build(graph.Relu(graph.Reshape(sum, Side, Side, 3)));
    }

    private static BlobEntry Entry(byte[] bytes) => new(Digest.Of(bytes), bytes.Length);

    /// <summary>16 separable cosines of lowest frequency for each channel: rows of unit length, orthogonal.</summary>
    private static float[] CosineBasis()
    {
        var basis = new float[Latents * Geometry.Samples];
        for (int k = 0; k < Latents; k++)
        {
            (int c, int u, int v) = (k % 3, k / 3 % 4, k / 12);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                    basis[k * Geometry.Samples + (y * Side + x) * 3 + c] = (float)(Cosine(u, x) * Cosine(v, y));
            }
        }

        return basis;

        static double Cosine(int frequency, int position) =>
            (frequency == 0 ? Math.Sqrt(1.0 / Side) : Math.Sqrt(2.0 / Side)) * Math.Cos(Math.PI * frequency * (position + 0.5) / Side);
    }

    private static float[] Bias(float[] basis, float[] mean) =>
        [.. Enumerable.Range(0, Latents).Select(k => -Enumerable.Range(0, mean.Length).Sum(s => basis[k * mean.Length + s] * mean[s]))];

    private static PriorTables Tables()
    {
        const int Scales = 16,
            Decisions = 6;
        return new PriorTables(
            Latents,
            Trellis.EightStates,
            Scales,
            Decisions,
            Shift: 4,
            Activations: [2, 3, 4, 5, 6],
            [Quality(24, 160, 7), Quality(Latents, 230, 5)]
        );

        static PriorQuality Quality(int coded, int bias, int slope) =>
            new(
                coded,
                [.. Enumerable.Range(0, coded).Select(i => bias - slope * i)],
                [.. Enumerable.Range(0, coded * (coded - 1) / 2).Select(i => (sbyte)(i % 5))],
                [.. Enumerable.Range(0, 8 * Scales * Decisions).Select(i => (ushort)(1500 + i / Decisions % Scales * 3900))],
                [0, 0]
            );
    }
}
