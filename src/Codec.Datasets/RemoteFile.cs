namespace Codec.Datasets;

/// <summary>A file of a data set, with its official address and digest.</summary>
/// <param name="Name">Its file name on disk.</param>
/// <param name="Address">Its official address.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
internal sealed record RemoteFile(string Name, Uri Address, long Length, string Sha256);
