using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Codec.Models;

/// <summary>Names a version of a model, directly or through an alias: <c>name</c>, <c>name@alias</c> or <c>name@sha256:…</c>.</summary>
public sealed record ModelReference
{
    /// <summary>The alias that a bare name follows.</summary>
    public const string LiveAlias = "live";

    private const string VersionPrefix = "sha256:";

    /// <summary>Refers to a fixed version, independent of aliases.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version">The version: the SHA-256 of its manifest.</param>
    public ModelReference(string name, Digest version)
    {
        Name = name;
        Version = version;
    }

    private ModelReference(string name, string alias)
    {
        Name = name;
        Alias = alias;
    }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    /// <summary>The alias to follow; null when <see cref="Version"/> is given.</summary>
    public string? Alias { get; }

    /// <summary>The version; null when <see cref="Alias"/> is given.</summary>
    public Digest? Version { get; }

    /// <summary>Reads a reference; a bare name follows <see cref="LiveAlias"/>.</summary>
    /// <param name="text"><c>name</c>, <c>name@alias</c> or <c>name@sha256:</c> and 64 lower-case hexadecimal digits.</param>
    /// <param name="reference">The reference; null on failure.</param>
    /// <returns>False when the text has none of the three forms.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ModelReference? reference)
    {
        reference = null;
        string[] parts = text?.Split('@', 2) ?? [""];
        string pointer = parts.Length == 2 ? parts[1] : LiveAlias;
        if (!ModelLimits.IsName(parts[0]))
            return false;
        if (ModelLimits.IsName(pointer))
        {
            reference = new ModelReference(parts[0], pointer);
        }
        else if (
            pointer.StartsWith(VersionPrefix, StringComparison.Ordinal)
            && Digest.TryParse(pointer.AsSpan(VersionPrefix.Length), out Digest version)
        )
        {
            reference = new ModelReference(parts[0], version);
        }

        return reference is not null;
    }

    /// <summary>Reads a reference as <see cref="TryParse"/> does.</summary>
    /// <param name="text">The reference.</param>
    /// <param name="parameter">The parameter name for exceptions: by default the caller's argument.</param>
    /// <exception cref="ArgumentException"><paramref name="text"/> is empty or has none of the three forms.</exception>
    public static ModelReference Parse(string text, [CallerArgumentExpression(nameof(text))] string? parameter = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(text, parameter);
        return TryParse(text, out ModelReference? reference)
            ? reference
            : throw new ArgumentException(
                $"'{text}' is not a model reference: name, name@alias, or name@sha256:<64 hexadecimal digits>.",
                parameter
            );
    }

    /// <inheritdoc/>
    public override string ToString() => Version is { } version ? $"{Name}@{VersionPrefix}{version}" : $"{Name}@{Alias}";
}
