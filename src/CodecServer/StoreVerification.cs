using Codec.Server.Options;
using Codec.Server.Stores;

namespace Codec.Server;

/// <summary>Answers <c>--verify-store</c>: checks the store that the options name, instead of starting a server on it.</summary>
internal static class StoreVerification
{
    /// <summary>Checks the store.</summary>
    /// <param name="settings">The configuration of the command line; overrides the environment, which overrides appsettings.json.</param>
    /// <param name="output">Receives the report.</param>
    /// <returns>0 if the store is intact, 1 if it is not.</returns>
    /// <exception cref="StoreException">There is no store, or a server runs on it.</exception>
    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> settings, TextWriter output)
    {
        IConfigurationRoot configuration = ServerConfiguration.Read(settings);
        IServiceCollection services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddLogging();
        services.AddSection<StoreOptions>();
        services.AddStore(OptionCatalog.Read<StoreOptions>(configuration));
        await using ServiceProvider provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<IStoreCheck>().RunAsync(output, CancellationToken.None) == 0 ? 0 : 1;
    }
}
