namespace Codec.Server.Stores;

/// <summary>Reads everything that a store holds, while no server runs on it, and reports what is damaged.</summary>
internal interface IStoreCheck
{
    /// <summary>Writes progress, each problem and a summary, as lines.</summary>
    /// <returns>The number of problems.</returns>
    /// <exception cref="StoreException">There is no store, or a server runs on it.</exception>
    Task<long> RunAsync(TextWriter report, CancellationToken cancellationToken);
}
