using BenchmarkDotNet.Attributes;
using Codec.Entropy;

namespace Codec.Micro;

/// <summary>Times the range decoder on decisions with random probabilities.</summary>
public class RangeDecoding
{
    private const int Decisions = 10_000;

    private readonly uint[] _probabilities = new uint[Decisions];
    private byte[] _code = [];

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        var encoder = new RangeEncoder();
        for (int i = 0; i < Decisions; i++)
        {
            _probabilities[i] = (uint)random.Next(1, 65_536);
            encoder.Encode(random.Next(65_536) < _probabilities[i], _probabilities[i]);
        }

        _code = encoder.Finish();
        encoder.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Decisions)]
    public int Decode()
    {
        var decoder = new RangeDecoder(_code);
        int ones = 0;
        foreach (uint probability in _probabilities)
            ones -= decoder.DecodeMask(probability);
        return ones;
    }
}
