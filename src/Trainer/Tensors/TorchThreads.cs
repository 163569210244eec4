using TorchSharp;

namespace Codec.Trainer.Tensors;

/// <summary>The number of Torch's threads where no recipe states one.</summary>
/// <remarks>
/// Sums that several threads share are rounded in another order with another number of threads, so the number is fixed: a model's bytes do
/// not depend on the number of the machine's cores.
/// </remarks>
internal static class TorchThreads
{
    /// <summary>The number.</summary>
    public const int Standard = 2;

    /// <summary>Sets the number for the process.</summary>
    public static void SetStandard() => torch.set_num_threads(Standard);
}
