using Codec.Server.Telemetry;

namespace Codec.Server.Coding;

/// <summary>One image in the queue, and its code once it is encoded.</summary>
internal sealed record EncodingJob(CodecModel Model, int Quality, InputImage Image, JobTrace Trace, CancellationToken Abandoned)
{
    public TaskCompletionSource<byte[]> Code { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsAbandoned() => Abandoned.IsCancellationRequested && Code.TrySetCanceled(Abandoned);
}
