using BenchmarkDotNet.Attributes;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms;

namespace Codec.Micro;

/// <summary>Times the synthesis: a face by a linear head, a window of a photograph by a separable one.</summary>
public class Synthesizing
{
    private ShippedModel _faces = null!;
    private ShippedModel _photos = null!;
    private ISynthesis _linear = null!;
    private IWindowSynthesis _separable = null!;
    private float[] _latents = [];
    private byte[] _pixels = [];
    private ushort[] _places = [];
    private short[] _which = [];
    private float[] _values = [];
    private float[] _scratch = [];
    private float[] _strip = [];

    /// <summary>Number of non-zero latents.</summary>
    [Params(10, 60)]
    public int NonZero { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(4);
        _faces = new ShippedModel("faces-64");
        _linear = new GraphLoader(OnnxNetworkRuntime.Instance, SimdPaths.Selected).LoadSynthesis(_faces.Graph(), _faces.Output);
        _latents = new float[_faces.Model.Manifest.Latents];
        for (int i = 0; i < NonZero; i++)
            _latents[2 * i] = 8 * random.NextSingle() - 4;
        _pixels = new byte[_faces.Output.Samples];

        _photos = new ShippedModel("photos");
        _separable = new GraphLoader(OnnxNetworkRuntime.Instance, SimdPaths.Selected).LoadWindowSynthesis(_photos.Graph(), _photos.Output);
        _places = _photos.Prior.Tables.Grid!.Places(0).ToArray();
        _which = [.. Enumerable.Range(0, NonZero).Select(i => (short)i)];
        _values = [.. _which.Select(_ => 8 * random.NextSingle() - 4)];
        _scratch = new float[_separable.ScratchLength];
        _strip = new float[_photos.Output.Samples];
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _linear.Dispose();
        _separable.Dispose();
        _faces.Dispose();
        _photos.Dispose();
    }

    [Benchmark]
    public void Linear() => _linear.Synthesize(_latents, _pixels);

    [Benchmark]
    public void Separable() =>
        _separable.Add(_places, _which, _values, _scratch, _strip, _photos.Output.Width, _photos.Output.Width * _photos.Output.Height);
}
