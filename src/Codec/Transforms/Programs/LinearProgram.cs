using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Codec.Onnx;
using Codec.Simd;

namespace Codec.Transforms.Programs;

/// <summary>Runs a linear graph in our own code. Safe for use by many threads at once.</summary>
/// <remarks>
/// Immutable: a call's floats depend neither on the size of its batch nor on other calls, and every <see cref="SimdPath"/> gives the same
/// floats on one machine. ONNX Runtime adds in another order; the results agree within 1e-4 of the range of a sum's terms.
/// </remarks>
internal sealed class LinearProgram : IRunnableGraph
{
    /// <summary>Number of floats in a pass: 1 MiB, so that a step's result is still in the cache when the next step reads it.</summary>
    private const int FloatsOfPass = 1 << 18;

    /// <summary>
    /// Where memory allows, the number of images in a pass is a multiple of this, the number of rows that the widest path multiplies at
    /// once.
    /// </summary>
    private const int BatchUnit = 8;

    private readonly GraphSignature _signature;
    private readonly ProgramStep[] _steps;
    private readonly int _scratch;
    private readonly int _maxBatch;

    internal LinearProgram(GraphSignature signature, ProgramStep[] steps, int scratch)
    {
        (_signature, _steps, _scratch) = (signature, steps, scratch);
        long image = (long)signature.InputLength + scratch + signature.OutputLength;
        int batch = (int)Math.Clamp(FloatsOfPass / image, 1, 64);
        _maxBatch = batch > BatchUnit ? batch / BatchUnit * BatchUnit : batch;
    }

    /// <summary>Creates a program if the graph is linear; other graphs are networks.</summary>
    /// <param name="graph">An encoder's or a decoder's graph.</param>
    /// <param name="path">The vector width.</param>
    /// <param name="program">The program, with its own copy of the weights.</param>
    public static bool TryCreate(OnnxGraph graph, SimdPath path, [NotNullWhen(true)] out LinearProgram? program)
    {
        program = new ProgramReader(graph, path).Read();
        return program is not null;
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int batch, Span<float> output)
    {
        _signature.CheckLengths(input.Length, batch, output.Length);
        (int taken, int given) = (_signature.InputLength, _signature.OutputLength);
        int largest = Math.Min(batch, _maxBatch);
        float[] scratch = ArrayPool<float>.Shared.Rent(largest * _scratch);
        for (int done = 0; done < batch; done += largest)
        {
            int count = Math.Min(largest, batch - done);
            var memory = new ProgramMemory(
                count,
                input.Slice(done * taken, count * taken),
                output.Slice(done * given, count * given),
                scratch
            );
            foreach (ProgramStep step in _steps)
                step.Run(memory);
        }

        ArrayPool<float>.Shared.Return(scratch);
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
