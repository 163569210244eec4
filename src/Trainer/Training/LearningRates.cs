using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>Computes and sets learning rates.</summary>
internal static class LearningRates
{
    /// <summary>The factor of a rate that falls along half a cosine.</summary>
    /// <param name="progress">0 at the first step, 1 after the last.</param>
    /// <returns>1 at the first step, 0 after the last.</returns>
    public static double Cosine(double progress) => (1 + Math.Cos(Math.PI * progress)) / 2;

    /// <summary>Sets the rate of all parameters.</summary>
    public static void SetRate(this OptimizerHelper optimizer, double rate)
    {
        foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = rate;
    }
}
