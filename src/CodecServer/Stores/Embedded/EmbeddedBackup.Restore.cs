using Codec.Models;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <content>
/// Restoring. A file marks the data directory until all is copied, so that no server starts on a part of a backup, nor begins an empty
/// store after a restore that failed.
/// </content>
internal sealed partial class EmbeddedBackup
{
    /// <summary>
    /// Names in a data directory that are no data: the lock, the mark of a restore, folders that are empty in a fresh one, and ext4's
    /// folder at a volume's root.
    /// </summary>
    private static readonly string[] Empty = ["lock", "restoring", "lost+found", "blobs", "uploads"];

    public StoreCopy Restore(string folder, Action<string> report, CancellationToken cancellationToken)
    {
        DataLayout backup = Find(Path.GetFullPath(folder));
        RequireCredentials(backup);
        try
        {
            // Before the lock, so that a foreign directory is refused without a file more. A store's, and a begun restore's, has the lock.
            if (Directory.Exists(_data.Root) && !File.Exists(_data.Lock) && !File.Exists(_data.Restoring))
                RequireEmpty();
            using FileStream only = Lock(
                _data,
                "If another server runs on it, stop that server, or name another directory (--data-directory)."
            );
            if (File.Exists(_data.Restoring))
            {
                report("An earlier restore did not finish; beginning again");
                Clear();
            }

            RequireEmpty();
            PrivateFiles.CreateFile(_data.Restoring);
            using (var marker = new FileStream(_data.Restoring, FileMode.Open))
            {
                marker.Flush(flushToDisk: true);
            }

            DirectorySync.Sync(_data.Root);
            long problems;
            try
            {
                CopyBack(backup, report, cancellationToken);
                problems = CheckContent(_data, report, cancellationToken);
                Sync(_data);
            }
            catch
            {
                Clear();
                throw;
            }

            File.Delete(_data.Restoring);
            DirectorySync.Sync(_data.Root);
            return new StoreCopy(backup.Root, problems);
        }
        catch (Exception exception) when (exception is SqliteException or UnauthorizedAccessException)
        {
            throw new StoreException($"The restore of {backup.Root} to {_data.Root} failed: {exception.Message}", exception);
        }
    }

    private static DataLayout Find(string folder)
    {
        if (!Directory.Exists(folder))
            throw new StoreException($"There is no folder {folder}.");

        var layout = new DataLayout(Exists(Path.Combine(folder, "registry.db")) ? folder : FindNewest(folder));
        return Exists(layout.Registry) && Exists(layout.ChannelLog)
            ? layout
            : throw new StoreException($"{folder} is neither a complete backup nor a folder of backups.");
    }

    /// <summary>Returns the newest backup of a folder; the folder itself where it has none.</summary>
    /// <exception cref="StoreException">It is damaged: whether an older one is better is the user's choice.</exception>
    private static string FindNewest(string folder)
    {
        string good = BackupsIn(folder).LastOrDefault(folder);
        return BackupsIn(folder, DamagedSuffix).LastOrDefault() is { } damaged && string.CompareOrdinal(damaged, good) > 0
            ? throw new StoreException(
                $"The newest backup {damaged} holds damage; "
                    + (good == folder ? $"{folder} has no good one." : $"the newest good one is {good}.")
                    + " Name the backup to restore."
            )
            : good;
    }

    /// <summary>Requires credentials that a server can read, or none: it would not start on the restored directory.</summary>
    private void RequireCredentials(DataLayout backup)
    {
        try
        {
            new CredentialFile(backup.Credentials, time).Read();
        }
        catch (StoreException exception)
        {
            throw new StoreException(
                $"{exception.Message} Use another backup, or delete that file and create the keys anew after the restore.",
                exception
            );
        }
    }

    /// <summary>Copies the databases first: the registry lists the blobs.</summary>
    private void CopyBack(DataLayout backup, Action<string> report, CancellationToken cancellationToken)
    {
        (string Source, string Target)[] files =
        [
            .. new[] { (backup.Registry, _data.Registry), (backup.ChannelLog, _data.ChannelLog) }.SelectMany(database =>
                // A copy of a stopped server's directory may have a write-ahead log.
                new[] { database, (database.Item1 + "-wal", database.Item2 + "-wal") }
            ),
            (backup.Credentials, _data.Credentials),
        ];
        files = [.. files.Where(file => File.Exists(file.Source))];
        long blobs = new DirectoryInfo(backup.Blobs) is { Exists: true } all
            ? all.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
            : 0;
        long total = files.Sum(file => LengthOf(file.Source)) + blobs;
        RequireSpace(_data.Root, total);
        var copy = new VerifiedCopy(new CopyProgress(total, report), cancellationToken);
        foreach ((string source, string target) in files)
            copy.CopyFile(source, target);

        IReadOnlyList<Digest> digests;
        using (SqliteConnection registry = DatabaseSnapshot.Connect(_data.Registry))
        using (SqliteConnection log = DatabaseSnapshot.Connect(_data.ChannelLog))
        {
            DatabaseSnapshot.Verify(registry, backup.Registry);
            DatabaseSnapshot.Verify(log, backup.ChannelLog);
            digests = DatabaseSnapshot.ListBlobs(registry);
        }

        foreach (Digest digest in digests)
        {
            try
            {
                copy.CopyBlob(backup, _data, digest);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new StoreException($"The backup {backup.Root} lacks the blob {digest}. Use another backup.", exception);
            }
        }
    }

    private void RequireEmpty()
    {
        string? held = Directory
            .EnumerateFileSystemEntries(_data.Root)
            .Where(path => !Empty.Contains(Path.GetFileName(path)))
            .Concat(new[] { _data.Blobs, _data.Uploads }.Where(Directory.Exists).SelectMany(Directory.EnumerateFileSystemEntries))
            .FirstOrDefault();
        if (held is not null)
        {
            throw new StoreException(
                $"The data directory {_data.Root} is not empty: it holds {Path.GetRelativePath(_data.Root, held)}. "
                    + "Restore into an empty one (--data-directory), or move what it holds elsewhere first."
            );
        }
    }

    /// <summary>Deletes what a restore wrote, but not its mark.</summary>
    private void Clear()
    {
        foreach (string database in new[] { _data.Registry, _data.ChannelLog })
        {
            foreach (string suffix in new[] { "", "-wal", "-shm", "-journal" })
                File.Delete(database + suffix);
        }

        File.Delete(_data.Credentials);
        DeleteFolder(_data.Blobs);
    }
}
