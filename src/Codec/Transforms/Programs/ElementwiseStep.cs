using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Codec.Transforms.Programs;

/// <summary>Computes a value element by element from one or two views of the same sizes.</summary>
internal sealed class ElementwiseStep<TOperation> : ProgramStep
    where TOperation : struct, IElementwise
{
    private readonly ValueView _left;
    private readonly ValueView _right;
    private readonly ValueView _target;
    private readonly Loop[] _loops;

    /// <summary>Creates the step.</summary>
    /// <param name="left">The first operand.</param>
    /// <param name="right">The second operand; the first operand again if the operation takes only one.</param>
    /// <param name="target">The result, in a buffer that neither operand shares.</param>
    public ElementwiseStep(ValueView left, ValueView right, ValueView target)
    {
        (_left, _right, _target) = (left, right, target);
        // Elements are independent, so the longest loop can be the innermost.
        _loops = [.. LoopNest.Over(target.Sizes.Length, left, right, target).OrderBy(loop => loop.IsBatched ? 0 : loop.Count)];
    }

    /// <inheritdoc/>
    public override void Run(in ProgramMemory memory) =>
        Run(
            memory.Batch,
            _loops,
            memory.Read(_left.Buffer)[_left.Offset..],
            memory.Read(_right.Buffer)[_right.Offset..],
            memory.Write(_target.Buffer)[_target.Offset..]
        );

    private static void Run(int batch, ReadOnlySpan<Loop> loops, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target)
    {
        Loop loop = loops[0];
        int passes = loop.Passes(batch);
        if (loops.Length > 1)
        {
            for (int i = 0; i < passes; i++)
                Run(batch, loops[1..], left[(i * loop.Left)..], right[(i * loop.Right)..], target[(i * loop.Target)..]);
        }
        else
        {
            Run(
                loop,
                left[..((passes - 1) * loop.Left + 1)],
                right[..((passes - 1) * loop.Right + 1)],
                target[..((passes - 1) * loop.Target + 1)],
                passes
            );
        }
    }

    /// <summary>Runs the innermost loop; each span ends at its last pass, so the accesses below are in bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(Loop loop, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target, int passes)
    {
        int i = 0;
        if (loop is { Left: 1, Right: 1, Target: 1 })
        {
            for (; i <= passes - Vector256<float>.Count; i += Vector256<float>.Count)
                TOperation.Apply(Vector256.Create(left[i..]), Vector256.Create(right[i..])).CopyTo(target[i..]);
        }

        ref float first = ref MemoryMarshal.GetReference(left),
            second = ref MemoryMarshal.GetReference(right),
            result = ref MemoryMarshal.GetReference(target);
        for (; i < passes; i++)
        {
            Unsafe.Add(ref result, i * loop.Target) = TOperation.Apply(
                Unsafe.Add(ref first, i * loop.Left),
                Unsafe.Add(ref second, i * loop.Right)
            );
        }
    }
}
