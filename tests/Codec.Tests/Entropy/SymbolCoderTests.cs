using Codec.Entropy;
using Codec.Errors;
using Codec.Tests.Shared;
using CsCheck;

namespace Codec.Tests.Entropy;

public sealed class SymbolCoderTests
{
    private static readonly Prior Prior = TestPriors.Small();

    private static readonly Gen<(int Quality, short[] Symbols)> QualityAndSymbols =
        from quality in Gen.Int[0, 1]
        from symbols in TestPriors.AnySymbols(Prior.Tables.Qualities[quality].Coded)
        select (quality, symbols);

    [Fact]
    public void Decode_WhatWasEncoded_GivesTheSameSymbols() =>
        QualityAndSymbols.Holds(
            sample =>
            {
                (int quality, short[] symbols) = sample;
                byte[] code = SymbolCoder.Encode(Prior, quality, symbols);
                var decoded = new short[TestPriors.Latents];
                Assert.Equal(code.Length, SymbolCoder.Decode(Prior, quality, [.. code, 0xA5, 0x5A], decoded));
                Assert.Equal(symbols, decoded);
            },
            count: 10_000
        );

    [Theory]
    [InlineData(short.MaxValue)]
    [InlineData(-short.MaxValue)]
    public void Decode_LargestMagnitude_GivesItBack(short symbol)
    {
        var symbols = new short[TestPriors.Latents];
        symbols[3] = symbol;
        byte[] code = SymbolCoder.Encode(Prior, 1, symbols);
        var decoded = new short[TestPriors.Latents];
        SymbolCoder.Decode(Prior, 1, code, decoded);
        Assert.Equal(symbols, decoded);
    }

    [Fact]
    public void Decode_TruncatedAnywhere_Throws() =>
        TestPriors
            .AnySymbols(TestPriors.Latents)
            .Holds(
                symbols =>
                {
                    byte[] code = SymbolCoder.Encode(Prior, 1, symbols);
                    for (int length = 0; length < code.Length; length++)
                    {
                        // A shorter code is either cut off, or reads as other symbols that do not end where it does.
                        Assert.Throws<InvalidCodeException>(() =>
                            SymbolCoder.Decode(Prior, 1, code.AsSpan(0, length), new short[TestPriors.Latents])
                        );
                    }
                },
                count: 300
            );

    [Fact]
    public void Decode_RandomBytes_GivesOnlyTheDocumentedException()
    {
        var random = new Random(5);
        var symbols = new short[TestPriors.Latents];
        var bytes = new byte[64];
        int valid = 0;
        for (int round = 0; round < 200_000; round++)
        {
            Span<byte> code = bytes.AsSpan(0, random.Next(bytes.Length + 1));
            random.NextBytes(code);
            if (round % 5 == 0)
                code.Fill((byte)(round % 10 == 0 ? 0 : 255));
            try
            {
                int length = SymbolCoder.Decode(Prior, round % 2, code, symbols);
                valid++;
                // What is accepted is what the encoder writes: a code has one spelling.
                Assert.Equal(code[..length].ToArray(), SymbolCoder.Encode(Prior, round % 2, symbols));
            }
            catch (InvalidCodeException exception)
            {
                Assert.Equal("payload", exception.Field);
            }
        }

        Assert.InRange(valid, 1, 199_999);
    }

    [Fact]
    public void Encode_SymbolBehindTheCodedOnes_IsRefused()
    {
        var symbols = new short[TestPriors.Latents];
        symbols[20] = 1;
        Assert.Throws<ArgumentException>(() => SymbolCoder.Encode(Prior, 0, symbols));
    }
}
