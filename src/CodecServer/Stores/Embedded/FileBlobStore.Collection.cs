using System.Globalization;
using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>Verifies stored blobs, and deletes those that no version lists and no query names.</summary>
internal sealed partial class FileBlobStore
{
    /// <summary>Age above which a query makes a blob young again: a small part of any age that is collected.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(10);

    // Held while a file's age is read and the file renewed or deleted: a blob that a query has found is not deleted after it.
    private readonly Lock _ages = new();

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public Task<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken)
    {
        _checks.Forget(digest);
        return _checks.IsIntactAsync(BlobPath(digest), digest, cancellationToken);
    }

    public Task<CollectedBlobs> CollectAsync(TimeSpan age, IReadOnlySet<Digest> listed, CancellationToken cancellationToken)
    {
        DateTime oldest = Now - age;
        CollectedBlobs collected = default;
        foreach (FileInfo file in new DirectoryInfo(directory.Blobs).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long bytes = file.Length;
            if (Digest.TryParse(file.Name, out Digest digest) && !listed.Contains(digest) && DeleteOld(file, oldest))
            {
                _checks.Forget(digest);
                collected = collected with { Blobs = collected.Blobs + 1, Bytes = collected.Bytes + bytes };
            }
        }

        foreach (FileInfo file in new DirectoryInfo(directory.Uploads).EnumerateFiles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            long bytes = file.Length;
            if (DeleteOldUpload(file, oldest))
                collected = collected with { Uploads = collected.Uploads + 1, Bytes = collected.Bytes + bytes };
        }

        return Task.FromResult(collected);
    }

    public void Dispose() => _checks.Dispose();

    /// <summary>Returns the length of a blob whose bytes have its digest, after renewing its age; null where there is none.</summary>
    private async Task<long?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        string path = BlobPath(digest);
        if (!await _checks.IsIntactAsync(path, digest, cancellationToken))
            return null;

        lock (_ages)
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return null;

            if (Now - file.LastWriteTimeUtc > Renewal)
            {
                file.LastWriteTimeUtc = Now;
                _checks.Passed(path, digest);
            }

            return file.Length;
        }
    }

    private bool DeleteOld(FileInfo file, DateTime oldest)
    {
        lock (_ages)
        {
            file.Refresh();
            if (!file.Exists || file.LastWriteTimeUtc > oldest)
                return false;

            _quota.Return(file.Length);
            file.Delete();
            return true;
        }
    }

    private bool DeleteOldUpload(FileInfo file, DateTime oldest)
    {
        // Takes the upload's place, so that it does not continue during the deletion. Files of older servers have no size in their name.
        BlobEntry? upload =
            file.Name.Split('-') is [var hex, var size]
            && Digest.TryParse(hex, out Digest digest)
            && long.TryParse(size, CultureInfo.InvariantCulture, out long bytes)
                ? new BlobEntry(digest, bytes)
                : null;
        if (upload is not null && !_uploads.TryAdd(upload, file.Length))
            return false;

        try
        {
            return DeleteOld(file, oldest);
        }
        finally
        {
            if (upload is not null)
                _uploads.TryRemove(upload, out _);
        }
    }
}
