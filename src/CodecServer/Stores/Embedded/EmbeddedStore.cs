using Codec.Server.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>The store in one directory of this process: blobs as files, the model registry and the channel log in SQLite.</summary>
internal static class EmbeddedStore
{
    /// <summary>
    /// Registers the storage interfaces and the backup. The directory is locked when the first of blobs, registry and log is resolved.
    /// </summary>
    /// <exception cref="StoreException">This is not the first replica: its directory would be another store.</exception>
    public static IServiceCollection AddEmbeddedStore(this IServiceCollection services, StoreOptions options)
    {
        if (options.Replica > 0)
        {
            throw new StoreException(
                $"Replica {options.Replica} does not start: the embedded store belongs to one process, and each further replica would "
                    + "begin an empty store beside the first. Run one replica (kubectl scale statefulset/codec-server --replicas=1); "
                    + "only replica 0 may start (--replica)."
            );
        }

        return services
            .AddSingleton<DataDirectory>()
            .AddSingleton<DiskReserve>()
            .AddSingleton<IStoreState, EmbeddedStoreState>()
            .AddSingleton(provider => new StoreLocation(provider.GetRequiredService<DataDirectory>().Root))
            .AddSingleton<IStoreCheck, EmbeddedStoreCheck>()
            .AddSingleton<IBlobStore, FileBlobStore>()
            .AddSingleton<IModelRegistry, SqliteModelRegistry>()
            .AddSingleton<IChannelLog, SqliteChannelLog>()
            .AddSingleton<ICredentialStore, FileCredentialStore>()
            .AddSingleton<CredentialStoreFactory>(provider =>
                file =>
                    file is null
                        ? provider.GetRequiredService<ICredentialStore>()
                        : new FileCredentialStore(Path.GetFullPath(file), provider.GetRequiredService<TimeProvider>())
            )
            .AddSingleton<IStoreBackup, EmbeddedBackup>();
    }
}
