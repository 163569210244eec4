using CsCheck;

namespace Codec.Tests.Shared;

/// <summary>Properties on generated cases: the same cases in every run, so that a test cannot fail by chance.</summary>
/// <remarks>CsCheck's seed fixes only the first case of a run; the others would differ from run to run.</remarks>
public static class Property
{
    private const ulong Seed = 20261126;

    /// <summary>How many smaller cases are tried after one that failed.</summary>
    private const int ShrinkCases = 2_000;

    /// <summary>Checks a property; after a failure it looks for a smaller case, and the exception names that case and its seed.</summary>
    /// <param name="cases">Generates the cases.</param>
    /// <param name="property">Throws if the property does not hold.</param>
    /// <param name="count">How many cases are checked.</param>
    public static void Holds<T>(this Gen<T> cases, Action<T> property, int count = 100)
    {
        for (int i = 0; i < count; i++)
        {
            string seed = new PCG((uint)i, Seed).ToString();
            T value = cases.Single(_ => true, seed);
            try
            {
                property(value);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                cases.Sample(property, seed: seed, iter: ShrinkCases, threads: 1);
                throw;
            }
        }
    }

    /// <inheritdoc cref="Holds{T}(Gen{T}, Action{T}, int)"/>
    public static async Task HoldsAsync<T>(this Gen<T> cases, Func<T, Task> property, int count = 100)
    {
        for (int i = 0; i < count; i++)
        {
            string seed = new PCG((uint)i, Seed).ToString();
            T value = cases.Single(_ => true, seed);
            try
            {
                await property(value);
            }
            catch (Exception exception) when (exception is not (OutOfMemoryException or OperationCanceledException))
            {
                await cases.SampleAsync(property, seed: seed, iter: ShrinkCases, threads: 1);
                throw;
            }
        }
    }
}
