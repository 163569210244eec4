namespace Codec.Server.Stores;

/// <summary>A part of the store, and what it takes.</summary>
/// <param name="Name">A constant, such as <c>blobs</c>.</param>
/// <param name="Bytes">Bytes on the disk.</param>
internal readonly record struct StorePart(string Name, long Bytes);

/// <summary>The state of the store as a whole.</summary>
internal interface IStoreState
{
    /// <summary>Why the store accepts no writes, with the remedy; null where it does.</summary>
    string? Problem { get; }

    /// <summary>Bytes that are free for the store; null where that is unknown.</summary>
    long? FreeBytes { get; }

    /// <summary>Measures what each part of the store takes.</summary>
    IReadOnlyList<StorePart> Measure();
}
