namespace Codec.Transforms.Programs;

/// <summary>One step of a program: reads buffers that earlier steps wrote, and writes one. Immutable.</summary>
internal abstract class ProgramStep
{
    /// <summary>Runs the step for every image of a pass.</summary>
    public abstract void Run(in ProgramMemory memory);
}
