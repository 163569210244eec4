using Codec.Server.Options;

namespace Codec.Server;

/// <summary>Reads the configuration as the server does, for commands that start no server.</summary>
internal static class ServerConfiguration
{
    /// <summary>Reads the configuration, and checks its options.</summary>
    /// <param name="settings">The command line; overrides the environment, which overrides appsettings.json.</param>
    /// <exception cref="ArgumentException">An option does not exist, or has a value that is not allowed.</exception>
    public static IConfigurationRoot Read(IReadOnlyDictionary<string, string?> settings)
    {
        IConfigurationRoot configuration = ReadUnchecked(settings);
        Require(configuration);
        return configuration;
    }

    /// <summary>Refuses a configuration with a problem.</summary>
    /// <exception cref="ArgumentException">
    /// An option does not exist, has a value that is not allowed, or is set by two variables of the environment.
    /// </exception>
    public static void Require(IConfiguration configuration)
    {
        Spellings.RequireOneInEnvironment(Environment.GetEnvironmentVariables());
        OptionCheck.Require(configuration);
    }

    /// <summary>Reads the configuration, which may have anything in it.</summary>
    /// <param name="settings">The command line; overrides the environment, which overrides appsettings.json.</param>
    public static IConfigurationRoot ReadUnchecked(IReadOnlyDictionary<string, string?> settings) =>
        new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(settings)
            .Build();
}
