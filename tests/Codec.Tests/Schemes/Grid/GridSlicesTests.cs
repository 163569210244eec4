using Codec.Entropy;
using Codec.Errors;
using Codec.Models;
using Codec.Schemes.Grid;
using Codec.Tests.Golden;
using Codec.Tests.Shared;

namespace Codec.Tests.Schemes.Grid;

public sealed class GridSlicesTests
{
    [Fact]
    public void Count_AnySize_IsThatOfTheFormat()
    {
        var random = new Random(3);
        for (int round = 0; round < 2_000; round++)
        {
            int width = random.Next(1, 8193),
                height = random.Next(1, 8193);
            var entry = new SliceEntry(random.Next(0, 1 << 22), random.Next(ModelLimits.MinSliceRows, 80));
            var grid = new WindowGrid(width, height, SmallGrid.Stride, SmallGrid.Window);
            int count = GridSlices.CountOf(entry, grid);
            Assert.Equal(ReferenceSlices.Count(width, height, grid.Rows, entry.Pixels, entry.Rows), count);

            int row = 0;
            for (int slice = 0; slice < count; slice++)
            {
                RowRange rows = GridSlices.RowsOf(grid.Rows, count, slice);
                Assert.Equal(row, rows.First);
                Assert.InRange(rows.Count, Math.Min(grid.Rows, entry.Rows), grid.Rows);
                row = rows.End;
            }

            Assert.Equal(grid.Rows, row);
        }
    }

    [Theory]
    [InlineData(1 << 20, 1024, 1024, 1)]
    [InlineData((1 << 20) - 1, 1024, 1024, 8)]
    [InlineData(0, 16, 127, 1)]
    [InlineData(0, 16, 8 * 16 + 7 * 16 + 1, 2)]
    public void Count_AtTheBounds_CutsFromThereOn(int pixels, int width, int height, int expected) =>
        Assert.Equal(
            expected,
            GridSlices.CountOf(new SliceEntry(pixels, 8), new WindowGrid(width, height, SmallGrid.Stride, SmallGrid.Window))
        );

    [Fact]
    public void Count_WithoutARule_IsOne() =>
        Assert.Equal(1, GridSlices.CountOf(null, new WindowGrid(8192, 8192, SmallGrid.Stride, SmallGrid.Window)));

    [Fact]
    public void Read_WhatJoinWrote_GivesTheSlices()
    {
        byte[][] codes =
        [
            [1],
            new byte[300],
            [2, 3],
            [4, 5],
        ];
        byte[] payload = GridSlices.Join(codes);
        Assert.Equal<byte>([1, 0xAC, 2, 2, 1, 0], payload[..6]);
        var slices = GridSlices.Read([.. payload, 9], 32, 4);
        Assert.Equal(4, slices.Count);
        for (int slice = 0; slice < 4; slice++)
        {
            byte[] expected = slice == 3 ? [.. codes[3], 9] : codes[slice];
            Assert.Equal(expected, slices.Code([.. payload, 9], slice).ToArray());
            Assert.Equal(payload.Length - codes.Skip(slice + 1).Sum(code => code.Length), slices.EndOf(slice, codes[slice].Length));
        }

        Assert.Throws<InvalidCodeException>(() => slices.EndOf(1, 299));
        Assert.Throws<InvalidCodeException>(() => slices.EndOf(1, 301));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("8000")]
    [InlineData("00FF")]
    [InlineData("02FF")]
    [InlineData("FFFFFFFFFFFFFFFFFF01")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("81E0FF1F")]
    public void Read_LengthsThatAreDamaged_Throws(string payload) =>
        Assert.Throws<InvalidCodeException>(() => GridSlices.Read(Convert.FromHexString(payload), 16, 2));
}
