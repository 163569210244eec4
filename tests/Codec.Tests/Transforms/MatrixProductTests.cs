using Codec.Transforms;

namespace Codec.Tests.Transforms;

/// <summary>Products in vectors equal those of the plain sums.</summary>
public sealed class MatrixProductTests
{
    [Fact]
    public void Compute_AnyShape_GivesThePlainSums()
    {
        var random = new Random(3);
        foreach (int rows in new[] { 1, 2, 3, 4, 5, 9 })
        {
            foreach (int columns in new[] { 1, 15, 16, 17, 40 })
            {
                foreach (int depth in new[] { 1, 7 })
                {
                    // The left matrix is transposed in memory, the product has rows with room to spare.
                    float[] left = Numbers(depth * rows),
                        right = Numbers(depth * columns),
                        product = new float[rows * (columns + 3)];
                    MatrixProduct.Compute(
                        new MatrixView(left, 1, rows),
                        new MatrixView(right, columns, 1),
                        rows,
                        depth,
                        columns,
                        product,
                        columns + 3
                    );
                    for (int i = 0; i < product.Length; i++)
                    {
                        (int row, int column) = Math.DivRem(i, columns + 3);
                        float sum = 0;
                        for (int k = 0; k < depth && column < columns; k++)
                            sum = SparseSum.MultiplyAdd(left[k * rows + row], right[k * columns + column], sum);
                        Assert.Equal(sum, product[i]);
                    }
                }
            }
        }

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }
}
