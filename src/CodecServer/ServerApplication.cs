using Codec.Server.Channels;
using Codec.Server.Coding;
using Codec.Server.Hosting;
using Codec.Server.Identity;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Network;
using Codec.Server.Options;
using Codec.Server.Services;
using Codec.Server.Stores;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Codec.Server;

/// <summary>Composes the server: options, logs, Kestrel and services.</summary>
internal static class ServerApplication
{
    /// <summary>Builds the server; it listens once it is started.</summary>
    /// <param name="settings">The configuration of the command line; overrides the environment, which overrides appsettings.json.</param>
    /// <param name="configure">Further changes, for tests.</param>
    /// <exception cref="ArgumentException">An option does not exist, or has a value that is not allowed.</exception>
    public static WebApplication Build(IReadOnlyDictionary<string, string?> settings, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.Configuration.AddInMemoryCollection(settings);
        ServerConfiguration.Require(builder.Configuration);
        AddOptions(builder.Services);
        ServerOptions options = OptionCatalog.Read<ServerOptions>(builder.Configuration);
        AddLogging(builder.Logging, options);
        PlatformSettings.Replace(builder.WebHost, builder.Configuration);
        ConfigureKestrel(builder.WebHost, options, OptionCatalog.Read<LimitOptions>(builder.Configuration));
        AddServices(builder.Services, options);
        builder.Services.AddStore(OptionCatalog.Read<StoreOptions>(builder.Configuration));
        builder.AddTelemetry();
        configure?.Invoke(builder);

        WebApplication app = builder.Build();
        app.Use(ConnectionIntake.NoteCall);
        app.UseOperationsRoutes();
        app.UseExactPaths();
        app.UseMiddleware<CallTelemetry>();
        app.UseMiddleware<MalformedRequests>();
        app.UseMiddleware<CallerIntake>();
        app.UseMiddleware<MessageIntake>();
        app.MapGrpcService<ModelService>();
        app.MapGrpcService<CodecService>();
        app.MapGrpcService<ChannelService>();
        app.MapGrpcService<HealthService>();
        if (options.Reflection)
            app.MapGrpcReflectionService();
        app.MapMetrics();
        app.MapModelHealth();
        app.MapHealth(
            Liveness.CheckName,
            Readiness.CheckName,
            ModelHealth.CheckName,
            StoreHealth.CheckName,
            CertificateHealth.CheckName,
            TokenHealth.CheckName
        );
        ListeningAddress.Announce(app);
        return app;
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddSection<ServerOptions>();
        services.AddSection<OperationsOptions>();
        services.AddSection<TlsOptions>();
        services.AddSection<StoreOptions>();
        services.AddSection<ModelOptions>();
        services.AddSection<CodingOptions>();
        services.AddSection<ChannelOptions>();
        services.AddSection<TelemetryOptions>();
        services.AddSection<LimitOptions>();
        services.AddSection<IdentityOptions>();
    }

    private static void AddLogging(ILoggingBuilder logging, ServerOptions options)
    {
        // A failed health check is a state, not an error.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        // MalformedRequests logs requests that cannot be read, as the caller's mistake; ErrorInterceptor logs failures of handlers.
        logging.AddFilter(MalformedRequests.GrpcLogCategory, LogLevel.None);

        // Kestrel ends the connection of a peer that begins and resets calls faster than it can answer, and logs that as critical. The
        // other critical line of this category, a failure of its own loop, also ends one connection only; filters do not distinguish
        // events.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.None);

        // Program writes the reason why the server cannot start, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // The handlers log each refused credential, and each failure to check one: the audit and Authenticator do, within a bound.
        logging.AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.None);
        // Authentication registers keys for cookies, which this server does not have.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.None);
        logging.AddFilter(typeof(ApiKeyHandler).FullName, LogLevel.None);
        logging.AddFilter(typeof(CertificateHandler).FullName, LogLevel.None);
        ConsoleLog.Add(logging, options.JsonLogs);
        ConsoleLog.KeepAudit(logging);
    }

    private static void ConfigureKestrel(IWebHostBuilder web, ServerOptions options, LimitOptions limits)
    {
        web.ConfigureKestrel(kestrel =>
        {
            Endpoints.Add(kestrel);
            kestrel.AddServerHeader = false;

            // A proxy that ends TLS passes its callers' scheme on, over clear text. Nothing here depends on the scheme.
            kestrel.AllowAlternateSchemes = true;

            // The single message of a unary call, with its prefix of 5 bytes. gRPC lifts this limit for streams, and bounds each of their
            // messages itself.
            kestrel.Limits.MaxRequestBodySize = options.MaxMessageBytes + 5L;

            // IncomingMessages bounds the time of a message, and ends its call. Kestrel would end the connection, with all its calls.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;

            // A call with more metadata gets 431. Kestrel ends the connection above twice as much, and above the limit of a single field,
            // so that limit is the same.
            kestrel.Limits.MaxRequestHeadersTotalSize = ServerLimits.MetadataBytes;
            kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 2 * ServerLimits.MetadataBytes;

            // What a stream may send before its message has room; 16 such streams leave a connection's other streams without.
            kestrel.Limits.Http2.InitialStreamWindowSize = 256 << 10;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 4 << 20;

            // What arrives before HTTP/2 reads it, by far less than its windows: 1 MiB for each connection by default, in no budget.
            kestrel.Limits.MaxRequestBufferSize = 128 << 10;

            // A subscriber may read slowly: backpressure handles that. Pings detect a subscriber that has disappeared.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxResponseBufferSize = ServerLimits.UntakenBytes;
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
            grpc.Interceptors.Add<AuditInterceptor>();
        });
        if (options.Reflection)
            services.AddGrpcReflection();
        services
            .AddHealthChecks()
            .AddCheck<Liveness>(Liveness.CheckName)
            .AddCheck<Readiness>(Readiness.CheckName)
            .AddCheck<ModelHealth>(ModelHealth.CheckName)
            .AddCheck<StoreHealth>(StoreHealth.CheckName)
            .AddCheck<CertificateHealth>(CertificateHealth.CheckName)
            .AddCheck<TokenHealth>(TokenHealth.CheckName);
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            // A health watch reports a change within a second; the check only reads a field.
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = TimeSpan.FromSeconds(1);
        });

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<AuditInterceptor>();
        services.AddIdentity();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddHostedService(provider => new MemoryReturn(
            provider.GetRequiredService<TimeProvider>(),
            () => GC.GetTotalAllocatedBytes(),
            () => provider.GetRequiredService<ModelHost>().Unloads,
            provider.GetRequiredService<BufferPools>().Trim
        ));
        if (options.StopWithInput)
            services.AddHostedService<InputWatch>();
        services.AddSingleton<BufferPools>();
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => provider.GetRequiredService<BufferPools>());
        services.AddSingleton<Refusals>();
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<ConnectionBuffers>(provider, provider.GetRequiredService<IOptions<LimitOptions>>().Value)
        );
        services.AddSingleton<ServerTls>();
        services.AddHostedService<TlsReload>();
        services.AddSingleton<ServerLimits>();
        services.AddSingleton<ModelHost>();
        services.AddSingleton<ModelPublisher>();
        services.AddSingleton<ModelReadiness>();
        services.AddSingleton<HealthStates>();
        services.AddSingleton<IHealthCheckPublisher>(provider => provider.GetRequiredService<HealthStates>());
        services.AddSingleton<ShippedModels>();
        services.AddSingleton<BlobUploads>();
        services.AddSingleton<ImageEncoder>();
        services.AddSingleton<FrameDecoder>();
        services.AddSingleton<ProducerStreams>();
        services.AddSingleton<SharedFrames>();
        services.AddSingleton<Subscriptions>();
        AddChores(services);
        services.AddHostedService<Housekeeping>();
        services.AddSingleton<Liveness>();
        services.AddHostedService(provider => provider.GetRequiredService<Liveness>());
        services.AddSingleton<Readiness>();
        services.AddHostedService(provider => provider.GetRequiredService<Readiness>());
    }

    /// <summary>Registers the work of housekeeping, in the order in which it runs: what frees space comes first.</summary>
    private static void AddChores(IServiceCollection services)
    {
        services.AddSingleton(provider => new Chore("channels", provider.GetRequiredService<IChannelLog>().SweepAsync));
        services.AddSingleton(provider => new Chore("blobs", provider.GetRequiredService<ModelPublisher>().CollectAsync));
        services.AddSingleton(provider => new Chore("registry", provider.GetRequiredService<IModelRegistry>().SweepAsync));
        services.AddSingleton(provider => new Chore("credentials", provider.GetRequiredService<CredentialDirectory>().RefreshAsync));
        services.AddSingleton(provider => new Chore("token keys", provider.GetRequiredService<IssuerKeys>().RefreshAsync));
        services.AddSingleton(provider => new Chore("damaged models", provider.GetRequiredService<ModelHost>().RecheckAsync));
    }
}
