namespace Codec.Server.Services;

/// <summary>Checks of fields that arrive as text.</summary>
internal static class Require
{
    /// <summary>Longest free text that the server keeps: who published, who moved.</summary>
    private const int MaxTextLength = 128;

    /// <summary>A name of a model, alias or channel.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static string Name(string field, string value) => ModelLimits.IsName(value) ? value : throw RequestException.Invalid(
        field, $"'{Shown(value)}' is no name; write 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.");

    /// <summary>A digest.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static Digest Digest(string field, string value) => Codec.Digest.TryParse(value, out Digest digest) ? digest : throw RequestException.Invalid(
        field, $"'{Shown(value)}' is no digest; write 64 lower-case hexadecimal digits.");

    /// <summary>A blob's digest and size.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static BlobEntry Blob(V1.BlobRef? blob) => blob is null
        ? throw RequestException.Invalid("blob", "it is not set.")
        : new BlobEntry(Digest("blob.digest", blob.Digest), blob.Size);

    /// <summary>A short free text.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static string Text(string field, string value) => value.Length <= MaxTextLength ? value : throw RequestException.Invalid(
        field, $"{value.Length} characters; at most {MaxTextLength} are allowed.");

    /// <summary>A number of at least 0 and at most a bound.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static long Range(string field, long value, long max) => value >= 0 && value <= max ? value : throw RequestException.Invalid(
        field, $"{value}; allowed are 0 to {max}.");

    private static string Shown(string value) => value.Length <= MaxTextLength ? value : value[..MaxTextLength] + "…";
}
