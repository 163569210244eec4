using Codec.Server.Channels;
using Codec.Server.Coding;
using Codec.Server.Hosting;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Services;
using Codec.Server.Stores;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server;

/// <summary>Composes the server: options, logs, Kestrel and services.</summary>
internal static class ServerApplication
{
    /// <summary>Builds the server; it listens once it is started.</summary>
    /// <param name="settings">The configuration of the command line; overrides the environment, which overrides appsettings.json.</param>
    /// <param name="configure">Further changes, for tests.</param>
    /// <exception cref="ArgumentException">The configuration names a store that does not exist.</exception>
    public static WebApplication Build(IReadOnlyDictionary<string, string?> settings, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.Configuration.AddInMemoryCollection(settings);
        AddOptions(builder.Services);
        ServerOptions options = builder.Configuration.GetSection("Codec").Get<ServerOptions>() ?? new ServerOptions();
        AddLogging(builder.Logging, options);
        ConfigureKestrel(
            builder.WebHost,
            options,
            builder.Configuration.GetSection("Codec:Limits").Get<LimitOptions>() ?? new LimitOptions()
        );
        AddServices(builder.Services, options);
        builder.Services.AddStore(builder.Configuration.GetSection("Codec:Store").Get<StoreOptions>() ?? new StoreOptions());
        configure?.Invoke(builder);

        WebApplication app = builder.Build();
        app.UseMiddleware<MalformedRequests>();
        app.UseMiddleware<MessageIntake>();
        app.MapGrpcService<ModelService>();
        app.MapGrpcService<CodecService>();
        app.MapGrpcService<ChannelService>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        ListeningAddress.Announce(app);
        return app;
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<ServerOptions>().BindConfiguration("Codec").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<StoreOptions>().BindConfiguration("Codec:Store").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ModelOptions>().BindConfiguration("Codec:Models").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<CodingOptions>().BindConfiguration("Codec:Coding").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ChannelOptions>().BindConfiguration("Codec:Channels").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<LimitOptions>().BindConfiguration("Codec:Limits").ValidateDataAnnotations().ValidateOnStart();
    }

    private static void AddLogging(ILoggingBuilder logging, ServerOptions options)
    {
        // A failed health check is a state, not an error.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        // MalformedRequests logs requests that cannot be read, as the caller's mistake; ErrorInterceptor logs failures of handlers.
        logging.AddFilter(MalformedRequests.GrpcLogCategory, LogLevel.None);

        // Program writes the reason why the server cannot start, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        ConsoleLog.Add(logging, options.JsonLogs);
    }

    private static void ConfigureKestrel(IWebHostBuilder web, ServerOptions options, LimitOptions limits)
    {
        web.UseUrls(options.Listen);
        web.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.AddServerHeader = false;

            // The single message of a unary call, with its prefix of 5 bytes. gRPC lifts this limit for streams, and bounds each of their
            // messages itself.
            kestrel.Limits.MaxRequestBodySize = options.MaxMessageBytes + 5L;

            // IncomingMessages bounds the time of a message, and ends its call. Kestrel would end the connection, with all its calls.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;

            // What a stream may send before its message has room; 16 such streams leave a connection's other streams without.
            kestrel.Limits.Http2.InitialStreamWindowSize = 256 << 10;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 4 << 20;

            // A subscriber may read slowly: backpressure handles that. Pings detect a subscriber that has disappeared.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        });
    }

    private static void AddServices(IServiceCollection services, ServerOptions options)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds));
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxMessageBytes;
            grpc.Interceptors.Add<ErrorInterceptor>();
        });
        services.AddGrpcReflection();
        services
            .AddGrpcHealthChecks(health =>
            {
                // The server as a whole serves, whatever is wrong with one model or with the disk: reading still works.
                health.Services.Map("", check => check.Name == Readiness.CheckName);
                health.Services.Map(ModelHealth.CheckName, check => check.Name == ModelHealth.CheckName);
                health.Services.Map(StoreHealth.CheckName, check => check.Name == StoreHealth.CheckName);
            })
            .AddCheck<Readiness>(Readiness.CheckName)
            .AddCheck<ModelHealth>(ModelHealth.CheckName)
            .AddCheck<StoreHealth>(StoreHealth.CheckName);
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            // A health watch reports a change within a second; the check only reads a field.
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = TimeSpan.FromSeconds(1);
        });

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<ServerLimits>();
        services.AddSingleton<ModelHost>();
        services.AddSingleton<ModelPublisher>();
        services.AddSingleton<ShippedModels>();
        services.AddSingleton<BlobUploads>();
        services.AddSingleton<ImageEncoder>();
        services.AddSingleton<FrameDecoder>();
        services.AddSingleton<ProducerStreams>();
        services.AddSingleton<SharedFrames>();
        services.AddSingleton<Subscriptions>();
        AddChores(services);
        services.AddHostedService<Housekeeping>();
        services.AddSingleton<Readiness>();
        services.AddHostedService(provider => provider.GetRequiredService<Readiness>());
    }

    /// <summary>Registers the work of housekeeping, in the order in which it runs: what frees space comes first.</summary>
    private static void AddChores(IServiceCollection services)
    {
        services.AddSingleton(provider => new Chore("channels", provider.GetRequiredService<IChannelLog>().SweepAsync));
        services.AddSingleton(provider => new Chore("blobs", provider.GetRequiredService<ModelPublisher>().CollectAsync));
        services.AddSingleton(provider => new Chore("registry", provider.GetRequiredService<IModelRegistry>().SweepAsync));
        services.AddSingleton(new MemoryReturn());
        services.AddSingleton(provider => new Chore("memory", provider.GetRequiredService<MemoryReturn>().RunAsync));
        services.AddSingleton(provider => new Chore("damaged models", provider.GetRequiredService<ModelHost>().RecheckAsync));
    }
}
