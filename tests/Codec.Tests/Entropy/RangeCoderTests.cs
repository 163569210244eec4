using Codec.Entropy;
using Codec.Tests.Shared;
using CsCheck;

namespace Codec.Tests.Entropy;

public sealed class RangeCoderTests
{
    /// <summary>A decision and the probability of <c>true</c> in 65536ths, often near 0 or 1.</summary>
    private static readonly Gen<(bool Bit, uint Probability)> Decision = Gen.Select(
        Gen.Frequency((1, Gen.UInt[1, 19]), (1, Gen.UInt[65_500, 65_535]), (2, Gen.UInt[1, 65_535])),
        Gen.UInt[0, 65_535],
        (probability, drawn) => (drawn < probability, probability)
    );

    [Fact]
    public void Decode_WhatWasEncoded_GivesTheSameDecisionsAndLength() =>
        Gen.Select(Decision.Array[1, 300], Gen.Byte)
            .Holds(
                sample =>
                {
                    ((bool Bit, uint Probability)[] decisions, byte noise) = sample;
                    byte[] code = Encode(decisions);

                    // Bytes after a code must not change its decisions: zeros, ones, and noise.
                    foreach (byte[] rest in new byte[][] { [], [0, 0, 0, 0], [255, 255, 255, 255], [noise, 7] })
                    {
                        var decoder = new RangeDecoder([.. code, .. rest]);
                        foreach ((bool bit, uint probability) in decisions)
                            Assert.Equal(bit, decoder.Decode(probability));
                        Assert.True(decoder.TryFinish(out int length));
                        Assert.Equal(code.Length, length);
                    }
                },
                count: 5_000
            );

    [Fact]
    public void Encode_AgainstTheEntropy_CostsAtMostTwoBytesMore()
    {
        double overhead = 0;
        const int Cases = 4_000;
        Decision
            .Array[200]
            .Holds(
                decisions =>
                {
                    double bits = decisions.Sum(decision =>
                        -Math.Log2((decision.Bit ? decision.Probability : 65536 - decision.Probability) / 65536.0)
                    );
                    double over = Encode(decisions).Length - bits / 8;
                    // It is negative only if rare decisions happen to gain by the rounding of bounds.
                    Assert.InRange(over, -0.5, 2.0);
                    overhead += over;
                },
                Cases
            );

        // Rounding up to a byte costs half a byte on average; the end inside the last interval costs a little more.
        Assert.InRange(overhead / Cases, 0.3, 0.75);
    }

    [Fact]
    public void Encode_CarryThroughManyBytes_Propagates()
    {
        // Decisions at the top of the interval push low towards 0.1111…; the last one causes a carry.
        var decisions = new List<(bool, uint)>();
        for (int i = 0; i < 64; i++)
            decisions.Add((false, 1));
        for (int i = 0; i < 400; i++)
            decisions.Add((i % 3 == 0, 1 + (uint)(i * 163 % 65535)));
        for (int i = 0; i < 64; i++)
            decisions.Add((false, 65535));
        byte[] code = Encode([.. decisions]);

        var decoder = new RangeDecoder(code);
        foreach ((bool bit, uint probability) in decisions)
            Assert.Equal(bit, decoder.Decode(probability));
        Assert.True(decoder.TryFinish(out int length));
        Assert.Equal(code.Length, length);
    }

    [Theory]
    [InlineData(0u, uint.MaxValue, 1, 0u)]
    [InlineData(1u, uint.MaxValue - 1, 1, 0x0100_0000u)]
    [InlineData(0x00FF_FFFFu, 0x0100_0001u, 1, 0x0100_0000u)]
    [InlineData(0x0000_0001u, 0x0100_0000u, 2, 0x0001_0000u)]
    [InlineData(0xFFFF_FFFFu, 0x0200_0000u, 1, 0u)]
    [InlineData(0x1234_5678u, 1u, 4, 0x1234_5678u)]
    public void Find_KnownIntervals_GivesTheShortestLowestBlock(uint low, uint range, int bytes, uint tail)
    {
        Assert.Equal(bytes, RangeTermination.Find(low, range, out uint actual));
        Assert.Equal(tail, actual);
    }

    private static byte[] Encode((bool Bit, uint Probability)[] decisions)
    {
        var encoder = new RangeEncoder();
        foreach ((bool bit, uint probability) in decisions)
            encoder.Encode(bit, probability);
        return encoder.Finish();
    }
}
