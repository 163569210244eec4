using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Tensors;

internal static class ArrayTensors
{
    /// <summary>A copy of an array, in memory of Torch's own.</summary>
    /// <remarks>
    /// <see cref="from_array(Array, ScalarType?, Device, bool, string[])"/> shares the array's memory. A step in place would then change
    /// the array; and a
    /// product's last digit depends on where the array happens to lie, which differs from run to run.
    /// </remarks>
    /// <param name="values">Row-major.</param>
    /// <param name="shape">Of as many elements.</param>
    /// <returns>Owned by the caller's scope.</returns>
    public static Tensor ToTensor<T>(this T[] values, params long[] shape)
        where T : unmanaged
    {
        using DisposeScope scope = NewDisposeScope();
        return from_array(values).reshape(shape).clone().MoveToOuterDisposeScope();
    }
}
