namespace Codec.Trainer.Faces;

/// <summary>The images have so little in common that components describe unseen ones badly.</summary>
internal sealed class LowCeilingException(string message) : ArgumentException(message);
