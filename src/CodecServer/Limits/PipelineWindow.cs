namespace Codec.Server.Limits;

/// <summary>
/// Bounds how far a stream is read ahead of its answers: it counts the items whose answers the caller has not taken yet. One item is always
/// admitted, however large.
/// </summary>
/// <param name="Items">Maximum number of items.</param>
/// <param name="Bytes">Maximum number of bytes of items.</param>
internal readonly record struct PipelineWindow(int Items, int Bytes);
