namespace Codec.Server.Limits;

/// <summary>Tells the consumer of a pipeline about the result after the one that it has.</summary>
internal sealed class NextResult
{
    /// <summary>Whether it is ready: the consumer gets it, or the failure in its place, without waiting.</summary>
    public bool IsReady { get; set; }
}
