using Codec.Server.Options;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace Codec.Server.Network;

/// <summary>
/// The endpoints that the server listens on: the public one (gRPC, HTTP/2), and that of operations (HTTP/1.1 in clear text), if there is
/// one.
/// </summary>
/// <remarks>
/// A connection is marked as one of operations where it is accepted. Neither a Host header, which the caller chooses, nor a port, which
/// two addresses can share, tells the endpoints apart.
/// </remarks>
internal static class Endpoints
{
    /// <summary>Adds the endpoints that the options name; the public one is the first of the bound addresses.</summary>
    public static void Add(KestrelServerOptions kestrel)
    {
        string listen = kestrel.ApplicationServices.GetRequiredService<IOptions<ServerOptions>>().Value.Listen;
        string operations = kestrel.ApplicationServices.GetRequiredService<IOptions<OperationsOptions>>().Value.Listen;
        LimitOptions limits = kestrel.ApplicationServices.GetRequiredService<IOptions<LimitOptions>>().Value;
        int most = ConnectionLimit.Choose(
            limits.MaxConnections,
            kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ConnectionLimit).FullName!)
        );
        ServerTls tls = kestrel.ApplicationServices.GetRequiredService<ServerTls>();
        Bind(
            kestrel,
            ListenAddress.Parse(listen),
            endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http2;
                Admit(endpoint);
                if (!tls.IsOn)
                    return;
                endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.ForConnection()) });
                endpoint.Use(next => connection => HasChosenHttp2(connection) ? next(connection) : Task.CompletedTask);
            }
        );
        if (operations.Length > 0)
        {
            Bind(
                kestrel,
                ListenAddress.Parse(operations),
                endpoint =>
                {
                    endpoint.Protocols = HttpProtocols.Http1;
                    Admit(endpoint);
                    endpoint.Use(next =>
                        connection =>
                        {
                            connection.Features.Set(OperationsConnection.Instance);
                            return next(connection);
                        }
                    );
                }
            );
        }

        void Admit(ListenOptions endpoint)
        {
            var intake = ActivatorUtilities.CreateInstance<ConnectionIntake>(kestrel.ApplicationServices, most, limits);
            endpoint.Use(next => connection => intake.RunAsync(connection, next));
        }
    }

    /// <summary>
    /// Whether the handshake chose HTTP/2. A connection that offered no protocol chose none; Kestrel logs an error for it, which strangers
    /// could write at will. Who offers HTTP/1.1 alone does not get through the handshake.
    /// </summary>
    private static bool HasChosenHttp2(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;

    private static void Bind(KestrelServerOptions kestrel, ListenAddress address, Action<ListenOptions> configure)
    {
        if (address.Address is { } ip)
            kestrel.Listen(ip, address.Port, configure);
        else if (address.Host == "localhost")
            kestrel.ListenLocalhost(address.Port, configure);
        else
            kestrel.ListenAnyIP(address.Port, configure);
    }
}
