using Codec.Models;

namespace Codec.Client;

/// <summary>A model reference as the protos define it, apart: <c>name</c>, <c>name@alias</c> or <c>name@sha256:digest</c>.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version, where the reference names it.</param>
internal readonly record struct ModelReference(string Name, Digest? Version)
{
    private const string VersionPrefix = "sha256:";

    /// <summary>The reference to one version, whatever an alias does later.</summary>
    public static string To(string name, Digest version) => $"{name}@{VersionPrefix}{version}";

    /// <summary>The reference to a version that it resolved to; the reference itself as long as it is not resolved.</summary>
    public static string Pin(string reference, Digest? version) =>
        version is { } resolved ? To(Parse(reference, nameof(reference)).Name, resolved) : reference;

    /// <exception cref="ArgumentException">It is none of the three forms.</exception>
    public static ModelReference Parse(string reference, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference, parameter);
        string[] parts = reference.Split('@');
        bool valid = parts.Length <= 2 && ModelLimits.IsName(parts[0]);
        if (valid && parts.Length == 1)
            return new ModelReference(parts[0], null);
        if (valid && ModelLimits.IsName(parts[1]))
            return new ModelReference(parts[0], null);
        if (
            valid
            && parts[1].StartsWith(VersionPrefix, StringComparison.Ordinal)
            && Digest.TryParse(parts[1].AsSpan(VersionPrefix.Length), out Digest version)
        )
        {
            return new ModelReference(parts[0], version);
        }

        throw new ArgumentException(
            $"'{reference}' is not a model reference: name, name@alias, or name@sha256:<64 hexadecimal digits>.",
            parameter
        );
    }
}
