using Codec.Entropy;

namespace Codec.Tests.Entropy;

/// <summary>Proves that every method that adds rows computes the sums of the plain loop, for any length and any terms.</summary>
public sealed class WeightedRowsTests
{
    private const int Columns = 70;
    private readonly Random _random = new(5);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Add_ByteWeights_GivesThePlainSums(int length)
    {
        sbyte[] weights = Weights(Columns);
        int[] sums = Sums(length),
            expected = [.. sums.Select((sum, i) => sum + 255 * weights[i])];
        WeightedRows.Add(sums, weights.AsSpan(0, length), 255);
        Assert.Equal(expected, sums);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Add_FactorsOfTheirOwn_GivesThePlainSums(int length)
    {
        sbyte[] weights = Weights(Columns);
        byte[] factors = Factors(Columns, 255);
        int[] sums = Sums(length),
            expected = [.. sums.Select((sum, i) => sum + factors[i] * weights[i])];
        WeightedRows.Add(sums, weights.AsSpan(0, length), factors.AsSpan(0, length));
        Assert.Equal(expected, sums);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AddInterleaved_GivesThePlainSumsModuloTwoToThe32(int length)
    {
        const int rows = 6;
        short[] weights = [.. Enumerable.Range(0, rows * length).Select(_ => (short)_random.Next(short.MinValue, short.MaxValue + 1))];
        short[] factors = [short.MinValue, short.MinValue, short.MaxValue, 0, 1, -300];
        int[] sums = Sums(length),
            expected = [.. sums];
        for (int i = 0; i < length; i++)
        {
            for (int j = 0; j < rows; j++)
                expected[i] = unchecked(expected[i] + factors[j] * weights[2 * (j / 2 * length + i) + j % 2]);
        }

        WeightedRows.AddInterleaved(sums, weights, factors);
        Assert.Equal(expected, sums);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    public void Add_ManyRows_GivesThePlainSums(int most)
    {
        const int all = 90;
        sbyte[] weights = Weights(all * Columns);
        // The worst case for sums in 16 bits: all terms have the largest absolute value.
        weights.AsSpan(0, 60 * Columns).Fill(sbyte.MinValue);
        byte[] factors = Factors(all, most);
        factors.AsSpan(0, 60).Fill((byte)most);
        short[] rows = [.. Enumerable.Range(0, all).Where(row => row < 60 || row % 3 == 0).Select(row => (short)row)];
        foreach (int length in new[] { 0, 1, 15, 16, 33, Columns })
        {
            int[] sums = Sums(length),
                expected = [.. sums.Select((sum, i) => sum + rows.Sum(row => factors[row] * weights[row * Columns + i]))];
            WeightedRows.Add(sums, weights, [.. rows.Select(row => row * Columns)], [.. rows.Select(row => factors[row])], most);
            Assert.Equal(expected, sums);
        }
    }

    public static TheoryData<int> Lengths() => [0, 1, 7, 8, 15, 16, 17, 31, 48, 63, Columns];

    private sbyte[] Weights(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (sbyte)_random.Next(sbyte.MinValue, sbyte.MaxValue + 1))];

    private byte[] Factors(int count, int most) => [.. Enumerable.Range(0, count).Select(_ => (byte)_random.Next(most + 1))];

    private int[] Sums(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(-1 << 20, 1 << 20))];
}
