using Codec.Errors;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using CsCheck;

namespace Codec.Tests.Frames;

public sealed class InfoBlockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Write_TheExampleOfTheFormat_GivesItsBytes()
    {
        CodeInfo[] codes =
        [
            new() { Key = "cam-1", CapturedAt = DateTimeOffset.FromUnixTimeMilliseconds(1000) },
            new() { Key = "cam-2", CapturedAt = DateTimeOffset.FromUnixTimeMilliseconds(1040) },
            new() { Key = "cam-1" },
        ];

        byte[] frame = CodeFrame.Write(1, Codes(3), info: new FrameInfo(codes));

        Assert.Equal(
            "140103" + "13" + "06" + "02" + "000563616D2D31" + "040132" + "010201" + "D10F" + "51" + "00" + "000102",
            Convert.ToHexString(frame)
        );
    }

    [Fact]
    public void ReadInfo_WhatWasWritten_GivesItBack()
    {
        Gen<long[]?> gaps = Gen.Frequency((2, Gen.Const(0L)), (1, Gen.Long[0, (1L << 50) - 1])).Array[39].Null();
        Gen.Select(Gen.Int[0, 15].SelectMany(kinds => AnyInfo(kinds).Array[1, 39]), gaps, Gen.Bool, Gen.Bool)
            .Holds(
                sample =>
                {
                    (CodeInfo[] codes, long[]? drawn, bool checksum, bool isNamed) = sample;
                    int count = codes.Length;
                    long[]? gaps = drawn is null ? null : [0, .. drawn[1..count]];

                    byte[] frame = CodeFrame.Write(1, Codes(count), checksum, isNamed ? Digest.Of([1]) : null, new FrameInfo(codes, gaps));

                    FrameHeader header = CodeFrame.ReadHeader(frame);
                    FrameInfo read = CodeFrame.ReadInfo(frame, header);
                    Assert.Equal(Codes(count).SelectMany(code => code.ToArray()), frame[header.Codes]);
                    Assert.Equal(codes.Select(Rounded), Enumerable.Range(0, count).Select(i => read[i]));
                    Assert.Equal(new FrameInfo([], gaps).Sequences(7, count), read.Sequences(7, count));
                    AssertReference(frame[header.Info], read, count);
                },
                count: 500
            );
    }

    [Fact]
    public void Write_NothingKnown_CostsNothing()
    {
        byte[] plain = CodeFrame.Write(1, Codes(3));
        Assert.Equal(plain, CodeFrame.Write(1, Codes(3), info: FrameInfo.None));
        Assert.Equal(plain, CodeFrame.Write(1, Codes(3), info: new FrameInfo([CodeInfo.None, new CodeInfo(), CodeInfo.None], [0, 0, 0])));
        Assert.Same(FrameInfo.None, CodeFrame.ReadInfo(plain, CodeFrame.ReadHeader(plain)));
    }

    [Fact]
    public void Write_KeysAndTimesOfTenCameras_TakesAtMostFourBytesACode()
    {
        var random = new Random(1);
        long time = Noon.ToUnixTimeMilliseconds();
        CodeInfo[] codes =
        [
            .. Enumerable
                .Range(0, 64)
                .Select(_ => new CodeInfo
                {
                    Key = $"camera-{random.Next(10)}",
                    CapturedAt = DateTimeOffset.FromUnixTimeMilliseconds(time += random.Next(-30, 60)),
                }),
        ];

        int bytes = CodeFrame.Write(1, Codes(64), info: new FrameInfo(codes)).Length - CodeFrame.Write(1, Codes(64)).Length;

        Assert.InRange(bytes / 64.0, 2, 4);
    }

    [Fact]
    public void ReadInfo_AnyBitFlipped_IsDamageOrAsTheReferenceReadsIt()
    {
        var random = new Random(2);
        CodeInfo[] codes = [.. Enumerable.Range(0, 6).Select(i => RandomInfo(random, i))];
        byte[] frame = CodeFrame.Write(1, Codes(6), info: new FrameInfo(codes, [0, 1, 0, 300, 0, 0]));
        (int start, int length) = CodeFrame.ReadHeader(frame).Info.GetOffsetAndLength(frame.Length);
        int damaged = 0;
        for (int bit = start * 8; bit < (start + length) * 8; bit++)
        {
            byte[] flipped = [.. frame];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            FrameHeader header = CodeFrame.ReadHeader(flipped);
            try
            {
                AssertReference(flipped[header.Info], CodeFrame.ReadInfo(flipped, header), 6);
            }
            catch (InvalidCodeException exception)
            {
                Assert.Equal("info", exception.Field);
                Assert.Null(new ReferenceInfo(flipped[header.Info], 6).Read());
                damaged++;
            }
        }

        Assert.InRange(damaged, 50, length * 8 - 50);
    }

    [Fact]
    public void ReadInfo_RandomBlocks_AgreesWithTheReferenceOnDamage()
    {
        var random = new Random(3);
        int valid = 0;
        for (int round = 0; round < 50_000; round++)
        {
            int count = random.Next(1, 4);
            byte[] block =
            [
                .. Enumerable
                    .Range(0, random.Next(1, 14))
                    .Select(i =>
                        (byte)(
                            i == 0 ? random.Next(36)
                            : random.Next(3) == 0 ? random.Next(256)
                            : random.Next(6)
                        )
                    ),
            ];
            byte[] frame = [0x14, 1, (byte)count, (byte)block.Length, .. block, .. new byte[count]];
            FrameHeader header = CodeFrame.ReadHeader(frame);
            try
            {
                AssertReference(block, CodeFrame.ReadInfo(frame, header), count);
                valid++;
            }
            catch (InvalidCodeException)
            {
                Assert.Null(new ReferenceInfo(block, count).Read());
            }
        }

        Assert.InRange(valid, 100, 49_900);
    }

    [Fact]
    public void ReadInfo_SharedPrefixesUnfoldToMuch_IsDamageBeforeItIsAllocated()
    {
        // 4,096 entries of 1,024 bytes that share all but the last two bytes with the previous entry: 20 KB that would expand to 4 MB.
        byte[] first = [.. Enumerable.Repeat((byte)'a', 1022), 0x30, 0x30];
        IEnumerable<byte> others = Enumerable
            .Range(1, 4095)
            .SelectMany(i => new byte[] { 0xFE, 0x07, 2, (byte)(0x30 + i / 64), (byte)(0x30 + i % 64) });
        byte[] block = [16, 0x80, 0x20, 0, 0x80, 0x08, .. first, .. others, .. new byte[4096]];
        byte[] frame =
        [
            0x14,
            1,
            0x80,
            0x20,
            (byte)(block.Length & 0x7F | 0x80),
            (byte)(block.Length >> 7 & 0x7F | 0x80),
            (byte)(block.Length >> 14),
            .. block,
            .. new byte[4096],
        ];

        FrameHeader header = CodeFrame.ReadHeader(frame);

        Assert.Contains(
            "262144 bytes together",
            Assert.Throws<InvalidCodeException>(() => CodeFrame.ReadInfo(frame, header)).Message,
            StringComparison.Ordinal
        );
        Assert.Null(new ReferenceInfo(block, 4096).Read());
        CodeInfo[] tooMuch =
        [
            .. Enumerable
                .Range(0, 300)
                .Select(i => new CodeInfo { Headers = Headers(4, 250).ToDictionary(h => h.Key, h => h.Value[..246] + $"{i:d4}") }),
        ];
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(1, Codes(300), info: new FrameInfo(tooMuch)));
    }

    [Theory]
    [InlineData("1401010501")]
    [InlineData("14010180")]
    [InlineData("1401010001")]
    [InlineData("140101FFFFFFFFFFFFFFFFFF0101")]
    public void ReadHeader_InfoBeyondTheFrame_NamesTheField(string hex) =>
        Assert.Equal("info", Assert.Throws<InvalidCodeException>(() => CodeFrame.ReadHeader(Convert.FromHexString(hex))).Field);

    [Fact]
    public void Validate_OutsideTheBounds_NamesValueRangeAndRemedy()
    {
        (CodeInfo Info, string Says)[] wrong =
        [
            (new() { Key = "" }, "1 to 128 bytes"),
            (new() { Key = new string('é', 65) }, "1 to 128 bytes"),
            (new() { Key = "a\nb" }, "control characters"),
            (new() { Key = "\ud800" }, "UTF-8"),
            (new() { Headers = Headers(17) }, "at most 16"),
            (new() { Headers = new Dictionary<string, string> { ["Upper"] = "" } }, "'Upper' is no name"),
            (new() { Headers = new Dictionary<string, string> { ["a"] = new string('x', 256) } }, "0 to 255 bytes"),
            (new() { Headers = Headers(5, 250) }, "at most 1024"),
        ];
        Assert.All(
            wrong,
            item =>
            {
                Assert.Contains(item.Says, Assert.Throws<ArgumentException>(item.Info.Validate).Message, StringComparison.Ordinal);
                Assert.Throws<ArgumentException>(() => CodeFrame.Write(1, Codes(1), info: new FrameInfo([item.Info])));
            }
        );
        new CodeInfo { Key = new string('é', 64), Headers = Headers(16, 50) }.Validate();
    }

    [Fact]
    public void Write_NotOneForEachCode_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(1, Codes(2), info: new FrameInfo([new CodeInfo { Key = "a" }])));
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(1, Codes(2), info: new FrameInfo([], [0])));
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(1, Codes(2), info: new FrameInfo([], [1, 0])));
        Assert.Throws<ArgumentException>(() => CodeFrame.Write(1, Codes(2), info: new FrameInfo([], [0, -1])));
    }

    private static ReadOnlyMemory<byte>[] Codes(int count) =>
        [.. Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)new[] { (byte)i })];

    private static Dictionary<string, string> Headers(int count, int valueLength = 1) =>
        Enumerable.Range(0, count).ToDictionary(i => $"h{i}", _ => new string('x', valueLength));

    private static CodeInfo RandomInfo(Random random, int kinds) =>
        new()
        {
            Key = (kinds & 1) == 0 && random.Next(4) > 0 ? $"kamera-ü{random.Next(12)}" : null,
            CapturedAt = (kinds & 2) == 0 && random.Next(4) > 0 ? Noon.AddTicks(random.NextInt64(-1L << 50, 1L << 50)) : null,
            StoredAt = (kinds & 4) == 0 && random.Next(4) > 0 ? Noon.AddMilliseconds(random.Next(5000)) : null,
            Headers = (kinds & 8) == 0 && random.Next(4) > 0 ? Headers(random.Next(1, 4), random.Next(9)) : CodeInfo.None.Headers,
        };

    /// <summary>Generates the info of one code; <paramref name="kinds"/> has a bit for each kind that is always absent.</summary>
    private static Gen<CodeInfo> AnyInfo(int kinds) =>
        from key in Sometimes(kinds, 1, Gen.Int[0, 11].Select(i => $"kamera-ü{i}"), "")
        from captured in Sometimes(
            kinds,
            2,
            Gen.Long[-1L << 50, (1L << 50) - 1].Select(ticks => (DateTimeOffset?)Noon.AddTicks(ticks)),
            null
        )
        from stored in Sometimes(kinds, 4, Gen.Int[0, 4999].Select(i => (DateTimeOffset?)Noon.AddMilliseconds(i)), null)
        from headers in Sometimes(kinds, 8, AnyHeaders, CodeInfo.None.Headers)
        select new CodeInfo
        {
            Key = key.Length == 0 ? null : key,
            CapturedAt = captured,
            StoredAt = stored,
            Headers = headers,
        };

    private static readonly Gen<IReadOnlyDictionary<string, string>> AnyHeaders = Gen.Select(
        Gen.Int[1, 3],
        Gen.Int[0, 8],
        (count, seed) => (IReadOnlyDictionary<string, string>)Headers(count, seed)
    );

    private static Gen<T> Sometimes<T>(int kinds, int absent, Gen<T> value, T none) =>
        (kinds & absent) != 0 ? Gen.Const(none) : Gen.Frequency((1, Gen.Const(none)), (3, value));

    private static CodeInfo Rounded(CodeInfo info) =>
        info with
        {
            CapturedAt = info.CapturedAt is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()) : null,
        };

    private static void AssertReference(byte[] block, FrameInfo read, int count)
    {
        if (block.Length == 0)
            return;
        (ulong Gap, string? Key, long? Captured, long? Stored, string Headers)[]? expected = new ReferenceInfo(block, count).Read();
        Assert.NotNull(expected);
        Assert.Equal(
            expected.Select(code => (code.Key, code.Captured, code.Stored, code.Headers)),
            Enumerable
                .Range(0, count)
                .Select(i =>
                    (
                        read[i].Key,
                        read[i].CapturedAt?.ToUnixTimeMilliseconds(),
                        read[i].StoredAt?.ToUnixTimeMilliseconds(),
                        string.Join(
                            ';',
                            read[i]
                                .Headers.OrderBy(header => header.Key, StringComparer.Ordinal)
                                .Select(header => $"{header.Key}={header.Value}")
                        )
                    )
                )
        );
        if (expected.All(code => code.Gap < 1UL << 56))
        {
            Assert.Equal(
                expected.Select((code, i) => 1 + i + expected.Take(i + 1).Sum(other => (long)other.Gap)),
                read.Sequences(1, count)
            );
        }
    }
}
