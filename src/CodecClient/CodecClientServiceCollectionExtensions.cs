using Codec.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client with an application's services.</summary>
public static class CodecClientServiceCollectionExtensions
{
    /// <summary>
    /// Registers one <see cref="CodecClient"/> for the application; it uses the registered <see cref="ILoggerFactory"/> and
    /// <see cref="TimeProvider"/>, if any. Does nothing if a client is already registered.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the defaults: <c>options => options with { Address = … }</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(
        this IServiceCollection services,
        Func<CodecClientOptions, CodecClientOptions> configure
    )
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddCodecClient((_, options) => configure(options));
    }

    /// <summary>Registers the client with options that depend on other services, such as the configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(
        this IServiceCollection services,
        Func<IServiceProvider, CodecClientOptions, CodecClientOptions> configure
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAddSingleton(provider => new CodecClient(
            configure(provider, new CodecClientOptions()),
            provider.GetService<ILoggerFactory>(),
            provider.GetService<TimeProvider>()
        ));
        return services;
    }
}
