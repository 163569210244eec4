using Codec.Models;

namespace Codec.Client.Cache;

internal sealed partial class BlobCache
{
    /// <summary>A partial file of this age belongs to a process that died.</summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(6);

    /// <summary>Removes abandoned partial files, and the least recently used blobs until the rest is within the bound.</summary>
    /// <param name="keep">The file that was just written; it is kept even if another process changes its time.</param>
    private void Trim(string keep)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        var blobs = new List<FileInfo>();
        foreach (FileInfo file in new DirectoryInfo(directory!).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (file.Name.EndsWith(PartialSuffix, StringComparison.Ordinal))
            {
                if (now - file.LastAccessTimeUtc > AbandonedAfter)
                    Remove(file);
            }
            else if (Digest.TryParse(file.Name, out _))
            {
                // Other files are not counted or removed: the directory may be shared with another program.
                blobs.Add(file);
            }
        }

        long total = blobs.Sum(SizeOf);
        foreach (
            FileInfo blob in blobs
                .Where(blob => blob.FullName != keep)
                .OrderBy(blob => blob.LastAccessTimeUtc)
                .ThenBy(blob => blob.Name, StringComparer.Ordinal)
        )
        {
            if (total <= maxBytes)
                return;
            long size = SizeOf(blob);
            total -= size;
            if (Remove(blob))
                ClientLog.CacheEvicted(log, blob.Name, size);
        }
    }

    private static long SizeOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Another process removed it at the same time.
            return 0;
        }
    }

    private static bool Remove(FileInfo file)
    {
        try
        {
            file.Delete();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file is open on a system that does not delete open files, or was already deleted: the next write tries again.
            return false;
        }
    }
}
