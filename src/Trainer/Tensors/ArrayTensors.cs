using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Tensors;

internal static class ArrayTensors
{
    /// <summary>Copies an array to a tensor in Torch's own memory.</summary>
    /// <remarks>
    /// <see cref="from_array(Array, ScalarType?, Device, bool, string[])"/> would share the array's memory: an operation in place would
    /// change the array, and the last digit of a product would depend on the array's alignment, which differs from run to run.
    /// </remarks>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="shape">The tensor's shape; its product is the number of elements.</param>
    /// <returns>Owned by the caller's scope.</returns>
    public static Tensor ToTensor<T>(this T[] values, params long[] shape)
        where T : unmanaged
    {
        using DisposeScope scope = NewDisposeScope();
        return from_array(values).reshape(shape).clone().MoveToOuterDisposeScope();
    }
}
