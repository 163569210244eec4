using Codec.Models;

namespace Codec.Client.Cache;

internal sealed partial class BlobCache
{
    /// <summary>A partial file this old was left behind by a process that died.</summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(6);

    /// <summary>Removes the blobs unused for the longest time until the rest is within the bound.</summary>
    /// <param name="keep">What was just written: it stays, whatever others do to its time.</param>
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
                // Nothing else is ours to count or to remove, should the directory be shared with something.
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
            // Another process trims at the same time.
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
            // In use on a system that does not remove open files, or gone already: the next write tries again.
            return false;
        }
    }
}
