using Codec.Server.Channels;
using Codec.Server.Coding;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Services;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server;

/// <summary>Puts the server together.</summary>
internal static class ServerApplication
{
    /// <summary>Builds the server; it listens once started.</summary>
    /// <param name="args">The command line; it wins over the environment, and that over appsettings.json.</param>
    /// <param name="configure">Further changes, for tests.</param>
    /// <exception cref="ArgumentException">An argument is unknown.</exception>
    public static WebApplication Build(IReadOnlyList<string> args, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.Configuration.AddInMemoryCollection(CommandLine.Parse(args));
        AddOptions(builder.Services);
        ServerOptions options = builder.Configuration.GetSection("Codec").Get<ServerOptions>() ?? new ServerOptions();
        AddLogging(builder.Logging, options);
        ConfigureKestrel(builder.WebHost, options);
        AddServices(builder.Services, options);
        configure?.Invoke(builder);

        WebApplication app = builder.Build();
        app.UseMiddleware<MalformedRequests>();
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
    }

    private static void AddLogging(ILoggingBuilder logging, ServerOptions options)
    {
        // Not being ready is no error.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        // A request that cannot be read is the caller's mistake, which MalformedRequests logs as one; handlers' failures go through
        // ErrorInterceptor.
        logging.AddFilter(MalformedRequests.GrpcLogCategory, LogLevel.None);

        // Why the server cannot start is said by Program, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        if (options.JsonLogs)
        {
            logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            });
        }
    }

    private static void ConfigureKestrel(IWebHostBuilder web, ServerOptions options)
    {
        web.UseUrls(options.Listen);
        web.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.AddServerHeader = false;

            // A unary call's one message, with its prefix of 5 bytes; gRPC lifts this for streams, and bounds each of their messages
            // itself.
            kestrel.Limits.MaxRequestBodySize = options.MaxMessageBytes + 5L;

            // A subscriber may read slowly, which is what backpressure is for; one that is gone is found by the pings.
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
        services.AddGrpcHealthChecks().AddCheck<Readiness>("ready");
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            // Those who watch health hear of a change within a second; the check is a glance at a field.
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = TimeSpan.FromSeconds(1);
        });

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<DataDirectory>();
        services.AddSingleton<IBlobStore, FileBlobStore>();
        services.AddSingleton<IModelRegistry, SqliteModelRegistry>();
        services.AddSingleton<IChannelLog, SqliteChannelLog>();
        services.AddSingleton<ModelHost>();
        services.AddSingleton<ModelPublisher>();
        services.AddSingleton<ShippedModels>();
        services.AddSingleton<BlobUploads>();
        services.AddSingleton<PixelMemory>();
        services.AddSingleton<ImageEncoder>();
        services.AddSingleton<FrameDecoder>();
        services.AddSingleton<Subscriptions>();
        services.AddHostedService<Housekeeping>();
        services.AddSingleton<Readiness>();
        services.AddHostedService(provider => provider.GetRequiredService<Readiness>());
    }
}
