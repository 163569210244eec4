using Codec.Client;
using Codec.Client.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers clients with an application's services.</summary>
/// <remarks>
/// A client is a singleton. It uses the registered <see cref="ILoggerFactory"/> and <see cref="TimeProvider"/>, if any. One with a name is
/// a keyed service: <c>[FromKeyedServices("cameras")] CodecClient client</c>. A host checks the options of all clients when it starts, and
/// fails with an <see cref="ArgumentException"/> that names the setting, its value and its range. A second registration of the same name
/// does nothing.
/// </remarks>
public static class CodecClientServiceCollectionExtensions
{
    /// <summary>Registers the application's <see cref="CodecClient"/>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the defaults: <c>options => options with { Address = … }</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(
        this IServiceCollection services,
        Func<CodecClientOptions, CodecClientOptions> configure
    )
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.Add(name: null, (_, options) => configure(options));
    }

    /// <summary>Registers the application's client with options that depend on other services, such as a credential's source.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(
        this IServiceCollection services,
        Func<IServiceProvider, CodecClientOptions, CodecClientOptions> configure
    )
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.Add(name: null, configure);
    }

    /// <summary>Registers the application's client with options from a section of the configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">The section, such as <c>Codec</c>; see <see cref="CodecClientOptions.Bind"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.Add(name: null, (_, options) => options.Bind(section));
    }

    /// <summary>Registers a client with a name, as a keyed service.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The name, which is the service's key.</param>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(
        this IServiceCollection services,
        string name,
        Func<CodecClientOptions, CodecClientOptions> configure
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        return services.Add(name, (_, options) => configure(options));
    }

    /// <summary>Registers a client with a name, as a keyed service, with options that depend on other services.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The name, which is the service's key.</param>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(
        this IServiceCollection services,
        string name,
        Func<IServiceProvider, CodecClientOptions, CodecClientOptions> configure
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        return services.Add(name, configure);
    }

    /// <summary>Registers a client with a name, as a keyed service, with options from a section of the configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The name, which is the service's key.</param>
    /// <param name="section">The section, such as <c>Codec:Cameras</c>; see <see cref="CodecClientOptions.Bind"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodecClient(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(section);
        return services.Add(name, (_, options) => options.Bind(section));
    }

    private static IServiceCollection Add(
        this IServiceCollection services,
        string? name,
        Func<IServiceProvider, CodecClientOptions, CodecClientOptions> configure
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(CodecClient) && Equals(service.ServiceKey, name)))
            return services;
        services
            .AddOptions<CodecClientSettings>(name)
            .Configure<IServiceProvider>((settings, provider) => settings.Set(configure(provider, new CodecClientOptions())))
            .ValidateOnStart();
        if (name is null)
            services.AddSingleton(provider => Create(provider, Options.Options.DefaultName));
        else
            services.AddKeyedSingleton(name, (provider, _) => Create(provider, name));
        return services;
    }

    private static CodecClient Create(IServiceProvider provider, string name) =>
        new(
            provider.GetRequiredService<IOptionsMonitor<CodecClientSettings>>().Get(name).Options,
            provider.GetService<ILoggerFactory>(),
            provider.GetService<TimeProvider>()
        );
}
