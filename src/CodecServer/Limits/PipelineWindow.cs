namespace Codec.Server.Limits;

/// <summary>
/// How far a stream is read ahead of its answers: items whose answers the caller has not yet taken. One item is always admitted, however
/// large.
/// </summary>
/// <param name="Items">Most items.</param>
/// <param name="Bytes">Most bytes of items.</param>
internal readonly record struct PipelineWindow(int Items, int Bytes);
