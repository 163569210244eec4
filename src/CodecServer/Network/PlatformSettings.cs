namespace Codec.Server.Network;

/// <summary>Settings of ASP.NET Core that would set endpoints or certificates beside ours.</summary>
internal static class PlatformSettings
{
    /// <summary>
    /// Ports that base images of ASP.NET Core set (<c>ASPNETCORE_HTTP_PORTS=8080</c>); not a user's wish, and replaced by our options.
    /// </summary>
    private static readonly string[] Ports = [WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];

    /// <summary>Refuses settings that contradict our options, and drops the ports of base images.</summary>
    /// <exception cref="ArgumentException">ASPNETCORE_URLS or a key of Kestrel is set.</exception>
    public static void Replace(IWebHostBuilder web, IConfiguration configuration)
    {
        if (configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls)
        {
            throw new ArgumentException(
                $"ASPNETCORE_URLS (or urls) is '{urls}', but this server listens where Codec:Listen says. Remove it, and set Codec:Listen (--listen)."
            );
        }

        if (configuration.GetSection("Kestrel").AsEnumerable().FirstOrDefault(pair => pair.Value is not null).Key is { } key)
        {
            throw new ArgumentException(
                $"{key} (environment {key.Replace(":", "__", StringComparison.Ordinal)}) is set, but this server takes its endpoints and certificate from its own "
                    + "options. Remove it, and set Codec:Listen (--listen) and Codec:Operations:Listen (--operations-listen)."
            );
        }

        foreach (string port in Ports)
            web.UseSetting(port, "");
    }
}
