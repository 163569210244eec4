using Codec.Server.Telemetry;

namespace Codec.Server.Coding;

/// <summary>An image in the queue, or several of one message, and its codes once they are encoded.</summary>
internal sealed record EncodingJob(CodecModel Model, int Quality, int Effort, InputImage Image, JobTrace Trace, CancellationToken Abandoned)
{
    public TaskCompletionSource<byte[][]> Codes { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsAbandoned() => Abandoned.IsCancellationRequested && Codes.TrySetCanceled(Abandoned);
}
