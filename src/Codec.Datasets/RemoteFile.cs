namespace Codec.Datasets;

/// <summary>A file of a data set at its official address.</summary>
/// <param name="Name">What it is called on disk.</param>
/// <param name="Address">Where it is fetched from.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
internal sealed record RemoteFile(string Name, Uri Address, long Length, string Sha256);
