using System.Buffers.Binary;
using System.IO.Hashing;
using Codec.Errors;
using Codec.Frames;
using Codec.Models;

namespace Codec.Tests.Frames;

public sealed class CodeFrameTests
{
    private static readonly ReadOnlyMemory<byte>[] Codes = [new byte[] { 1, 2, 3 }, new byte[] { 4 }, new byte[] { 5, 6 }];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void ReadHeader_WhatWasWritten_GivesItBack(bool checksum, bool named)
    {
        Digest? version = named ? Digest.Of([1]) : null;
        byte[] frame = CodeFrame.Write(7, Codes, checksum, version);
        FrameHeader header = CodeFrame.ReadHeader(frame);

        Assert.Equal(7, header.Quality);
        Assert.Equal(3, header.Count);
        Assert.Equal(version, header.Version);
        Assert.Equal(checksum, header.HasChecksum);
        Assert.Equal([1, 2, 3, 4, 5, 6], frame[header.Codes]);
        Assert.Equal(3 + 6 + (named ? 32 : 0) + (checksum ? 4 : 0), frame.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(ModelLimits.MaxCodesPerFrame)]
    public void ReadHeader_EveryCount_GivesItBack(int count)
    {
        ReadOnlyMemory<byte>[] codes = [.. Enumerable.Repeat(Codes[1], count)];
        FrameHeader header = CodeFrame.ReadHeader(CodeFrame.Write(0, codes));
        Assert.Equal(count, header.Count);
    }

    [Theory]
    [InlineData("", "frame")]
    [InlineData("100000", "frame")]
    [InlineData("20000101", "format")]
    [InlineData("18000101", "flags")]
    [InlineData("10400101", "quality")]
    [InlineData("10000001", "count")]
    [InlineData("10000201", "count")]
    [InlineData("1000800101", "count")]
    [InlineData("1000818000", "count")]
    [InlineData("10008020FF", "count")]
    [InlineData("120001FFFFFF", "version")]
    [InlineData("1100010900000000", "checksum")]
    public void ReadHeader_Malformed_NamesTheField(string hex, string field)
    {
        var exception = Assert.Throws<InvalidCodeException>(() => CodeFrame.ReadHeader(Convert.FromHexString(hex)));
        Assert.Equal(field, exception.Field);
    }

    [Fact]
    public void ReadHeader_AnyBitFlippedUnderAChecksum_Throws()
    {
        byte[] frame = CodeFrame.Write(2, Codes, checksum: true);
        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            byte[] damaged = [.. frame];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            // The checksum cannot protect its own flag: without it the frame reads as a longer one without a checksum.
            if (bit == 0)
                Assert.False(CodeFrame.ReadHeader(damaged).HasChecksum);
            else
                Assert.Throws<InvalidCodeException>(() => CodeFrame.ReadHeader(damaged));
        }
    }

    [Fact]
    public void Write_Checksum_IsTheCrc32OfAllBefore()
    {
        byte[] frame = CodeFrame.Write(2, Codes, checksum: true);
        Assert.Equal(Crc32.HashToUInt32(frame.AsSpan(..^4)), BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(^4..)));
    }

    [Fact]
    public void Write_TooManyCodesOrBytes_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(0, []));
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(0, [.. Enumerable.Repeat(Codes[1], ModelLimits.MaxCodesPerFrame + 1)]));
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(0, [new byte[ModelLimits.MaxFrameBytes]]));
        Assert.Throws<ArgumentOutOfRangeException>(() => CodeFrame.Write(ModelLimits.MaxQualities, Codes));
    }
}
