namespace Codec.Server.Stores;

/// <summary>The state of the store as a whole.</summary>
internal interface IStoreState
{
    /// <summary>Why the store accepts no writes, with the remedy; null where it does.</summary>
    string? Problem { get; }
}
