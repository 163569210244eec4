namespace Codec.Server.Stores;

/// <summary>Where the store keeps its data, for the log and for error messages.</summary>
/// <param name="Text">For people: a directory, or an address.</param>
internal sealed record StoreLocation(string Text);
