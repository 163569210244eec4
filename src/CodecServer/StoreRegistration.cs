using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;

namespace Codec.Server;

/// <summary>Registers the store that the options name; the only place that lists the available stores.</summary>
internal static class StoreRegistration
{
    /// <summary>Registers a store: the interfaces of <c>Stores/</c> and the location of its data.</summary>
    /// <exception cref="ArgumentException">There is no such store.</exception>
    /// <exception cref="StoreException">The store cannot be used by this replica.</exception>
    public static IServiceCollection AddStore(this IServiceCollection services, StoreOptions options) =>
        options.Kind switch
        {
            StoreOptions.Embedded => services.AddEmbeddedStore(options),
            var kind => throw new ArgumentException($"There is no store '{kind}'; --store can be: {StoreOptions.Embedded}."),
        };
}
