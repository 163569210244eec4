namespace Codec.Server.Stores.Embedded;

/// <summary>The store in one directory of this process: blobs as files, the model registry and the channel log in SQLite.</summary>
internal static class EmbeddedStore
{
    /// <summary>Registers the three storage interfaces. The directory is locked when the first of them is resolved.</summary>
    public static IServiceCollection AddEmbeddedStore(this IServiceCollection services) =>
        services
            .AddSingleton<DataDirectory>()
            .AddSingleton<DiskReserve>()
            .AddSingleton<IStoreState>(provider => provider.GetRequiredService<DiskReserve>())
            .AddSingleton(provider => new StoreLocation(provider.GetRequiredService<DataDirectory>().Root))
            .AddSingleton<IStoreCheck, EmbeddedStoreCheck>()
            .AddSingleton<IBlobStore, FileBlobStore>()
            .AddSingleton<IModelRegistry, SqliteModelRegistry>()
            .AddSingleton<IChannelLog, SqliteChannelLog>();
}
