using System.Text.Json;
using System.Text.Json.Serialization;

namespace Codec.CommandLine;

/// <summary>The profile file: the server that the command lines call if neither an option nor the environment names one.</summary>
/// <remarks>Its credentials are for its server alone: they are never sent to a server that is named otherwise.</remarks>
public sealed record Profile
{
    /// <summary>The environment variable that names the file.</summary>
    public const string Variable = "CODEC_PROFILE";

    /// <summary>Address of the server.</summary>
    public string? Server { get; init; }

    /// <summary>PEM file of the certificate authorities to trust; this and the other files are relative to the profile's folder.</summary>
    public string? Ca { get; init; }

    /// <summary>PEM file of the certificate to present.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>PEM file of the certificate's private key.</summary>
    public string? ClientKey { get; init; }

    /// <summary>File of the API key.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Whether the key may be sent without TLS to another host.</summary>
    public bool AllowClearText { get; init; }

    /// <summary>Reads the profile: the file that CODEC_PROFILE names, or <c>codec/profile.json</c> in the user's configuration.</summary>
    /// <returns>The profile; an empty one if CODEC_PROFILE is not set and there is no file.</returns>
    /// <exception cref="InvalidDataException">The file is not a profile.</exception>
    /// <exception cref="IOException">The file that CODEC_PROFILE names does not exist, or cannot be read.</exception>
    public static Profile Read()
    {
        string? named = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;
        string file = named ?? DefaultPath();
        if (named is null && !File.Exists(file))
            return new Profile();
        try
        {
            Profile profile = JsonSerializer.Deserialize(File.ReadAllBytes(file), ProfileJson.Default.Profile) ?? new Profile();
            string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            string? Full(string? path) => path is null ? null : Path.Combine(folder, path);
            return profile with
            {
                Ca = Full(profile.Ca),
                ClientCertificate = Full(profile.ClientCertificate),
                ClientKey = Full(profile.ClientKey),
                ApiKeyFile = Full(profile.ApiKeyFile),
            };
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"The profile {file} is not one: {exception.Message} It is a JSON object with any of server, ca, clientCertificate, clientKey, apiKeyFile, allowClearText.",
                exception
            );
        }
    }

    // The XDG specification on Linux and macOS: $XDG_CONFIG_HOME or ~/.config. A relative path is invalid and must be ignored.
    private static string DefaultPath()
    {
        string folder =
            OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
            : Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { } xdg && Path.IsPathRooted(xdg) ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        return Path.Combine(folder, "codec", "profile.json");
    }
}

/// <summary>How a profile is read. A field that is not known is refused: it may be a misspelled credential.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(Profile))]
internal sealed partial class ProfileJson : JsonSerializerContext;
