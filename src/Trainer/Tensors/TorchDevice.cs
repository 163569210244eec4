using Codec.CommandLine;
using static TorchSharp.torch;

namespace Codec.Trainer.Tensors;

/// <summary>The devices that networks are trained on.</summary>
internal static class TorchDevice
{
    /// <summary>The processor: the same run gives the same bytes.</summary>
    public const string Cpu = "cpu";

    /// <summary>A GPU of NVIDIA, if the trainer was built for it: sums are rounded in another order in each run.</summary>
    public const string Cuda = "cuda";

    /// <summary>Finds a device by name.</summary>
    /// <exception cref="ArgumentException">There is no such device here.</exception>
    public static Device Find(string name)
    {
        if (name == Cpu)
            return CPU;
        if (name != Cuda)
            throw new UsageException($"--device is '{name}'; {Cpu} and {Cuda} are allowed.");
        return IsCudaAvailable()
            ? CUDA
            : throw new ArgumentException(
                "--device cuda: no GPU can be used here. It needs a GPU of NVIDIA with its driver, and a trainer that was built with -p:TorchDevice=cuda (docs/training.md); leave --device out to train on the processor."
            );
    }

    /// <summary>Copies a tensor to the device of a network; returns the tensor itself if it is there.</summary>
    public static Tensor Beside(this Tensor tensor, nn.Module network) =>
        network.parameters().FirstOrDefault() is { } parameter ? tensor.to(parameter.device) : tensor;

    private static bool IsCudaAvailable()
    {
        try
        {
            return cuda.is_available();
        }
        // The package for the processor has no libraries of CUDA.
        catch (Exception exception) when (exception is NotSupportedException or DllNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}
