namespace Codec.Server;

/// <summary>Reads the configuration as the server does, for commands that start no server.</summary>
internal static class ServerConfiguration
{
    /// <param name="settings">The command line; overrides the environment, which overrides appsettings.json.</param>
    public static IConfigurationRoot Read(IReadOnlyDictionary<string, string?> settings) =>
        new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(settings)
            .Build();
}
