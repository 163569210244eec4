using System.Globalization;
using System.Text.RegularExpressions;
using Codec.Models;
using Codec.Server.Options;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>Backups of a data directory: folders with its layout, named by the time of their state.</summary>
/// <remarks>
/// A backup is taken by a second process on the host of the server, or without a server; it takes no lock of the data directory. Its two
/// databases are one state: see <see cref="Hold"/>. The blobs are copied after the databases: a blob is stored before the version that
/// lists it and never changes, so only the deletion of a version can take a listed blob away, and then the backup begins again.
/// Incomplete uploads, and blobs that no version lists, are not copied.
/// </remarks>
internal sealed partial class EmbeddedBackup(IOptions<StoreOptions> options, TimeProvider time) : IStoreBackup
{
    /// <summary>Most beginnings: a version would have to be deleted in the course of each.</summary>
    private const int MaxAttempts = 10;

    /// <summary>Most attempts to read both databases with no commit to the registry in between, which takes about a millisecond.</summary>
    private const int MaxHolds = 1000;

    private const string NameFormat = "yyyyMMdd'T'HHmmss.fff'Z'";

    private const string PartialSuffix = ".partial";

    /// <summary>After the name of a backup that holds damaged codes or versions.</summary>
    private const string DamagedSuffix = ".damaged";

    private readonly DataLayout _data = new(Path.GetFullPath(options.Value.DataDirectory));

    public StoreCopy Create(string folder, int? keep, Action<string> report, CancellationToken cancellationToken)
    {
        RequireStore(_data);
        folder = Path.GetFullPath(folder);
        CheckPlace(folder, report);
        try
        {
            using FileStream only = Lock(new DataLayout(folder), "If another backup is being written to it, wait for its end.");
            foreach (string remains in BackupsIn(folder, PartialSuffix))
                Directory.Delete(remains, recursive: true);

            string complete = Path.Combine(folder, time.GetUtcNow().ToString(NameFormat, CultureInfo.InvariantCulture));
            string partial = complete + PartialSuffix;
            long problems;
            try
            {
                Copy(new DataLayout(partial), report, cancellationToken);
                problems = CheckContent(new DataLayout(partial), report, cancellationToken);
                if (problems > 0)
                    complete += DamagedSuffix;
                Directory.Move(partial, complete);
            }
            catch
            {
                DeleteFolder(partial);
                throw;
            }

            DirectorySync.Sync(folder);
            if (keep is { } count && problems == 0)
                DeleteOld(folder, count, report);

            return new StoreCopy(complete, problems);
        }
        catch (Exception exception) when (exception is SqliteException or UnauthorizedAccessException)
        {
            throw new StoreException($"The backup of {_data.Root} to {folder} failed: {exception.Message}", exception);
        }
    }

    /// <summary>Deletes what is older than so many good backups, damaged ones included.</summary>
    private static void DeleteOld(string folder, int keep, Action<string> report)
    {
        // Null, which is before every name, where there are fewer.
        string? oldest = BackupsIn(folder).Reverse().ElementAtOrDefault(keep - 1);
        foreach (
            string old in BackupsIn(folder).Concat(BackupsIn(folder, DamagedSuffix)).Where(path => string.CompareOrdinal(path, oldest) < 0)
        )
        {
            Directory.Delete(old, recursive: true);
            report($"Deleted the old backup {old}");
        }
    }

    /// <summary>Returns the backups in a folder, the oldest first; with a suffix, those that have it after their name.</summary>
    private static IEnumerable<string> BackupsIn(string folder, string suffix = "") =>
        Directory
            .GetDirectories(folder, "*" + suffix)
            .Where(path => BackupName().IsMatch(Path.GetFileName(path)[..^suffix.Length]))
            .Order(StringComparer.Ordinal);

    private static void RequireStore(DataLayout layout)
    {
        if (!Exists(layout.Registry) || !Exists(layout.ChannelLog))
        {
            throw new StoreException(
                $"{layout.Root} is not a server's data directory: it lacks registry.db or channels.db. Name the directory with --data-directory."
            );
        }
    }

    /// <summary>Whether a file exists; <see cref="File.Exists"/> says no where it may not look.</summary>
    /// <exception cref="StoreException">This user may not look there.</exception>
    private static bool Exists(string path)
    {
        try
        {
            File.GetAttributes(path);
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StoreException($"{path} cannot be read by this user. Run the command as the server's user.", exception);
        }
    }

    /// <summary>Warns of backups in the data directory, which are lost with it, and refuses the data directory itself.</summary>
    private void CheckPlace(string folder, Action<string> report)
    {
        string root = _data.Root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar,
            place = folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        if (place == root)
            throw new StoreException($"{folder} is the data directory. Name a folder outside, best on another disk.");
        if (place.StartsWith(root, StringComparison.Ordinal))
        {
            report(
                $"warning: {folder} is in the data directory {_data.Root}, with which the backup would be lost. "
                    + "Name a folder outside, best on another disk."
            );
        }
    }

    /// <summary>Creates and locks a folder, which is then this process's alone until the returned stream is disposed.</summary>
    private static FileStream Lock(DataLayout folder, string remedy)
    {
        try
        {
            PrivateFiles.CreateFolder(folder.Root);
            PrivateFiles.CreateFile(folder.Lock);
            return new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new StoreException($"The folder {folder.Root} cannot be used: {exception.Message} {remedy}", exception);
        }
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>Syncs the names of all files of a backup; does not enter lost+found at a volume's root, which only root may read.</summary>
    private static void Sync(DataLayout layout)
    {
        IEnumerable<string> blobs = Directory.Exists(layout.Blobs) ? Directory.GetDirectories(layout.Blobs).Append(layout.Blobs) : [];
        foreach (string folder in blobs.Append(layout.Root))
            DirectorySync.Sync(folder);
    }

    private static void RequireSpace(string folder, long needed)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < needed)
            throw new StoreException($"{folder} has {free} bytes free; {needed} are needed. Free space, or name a folder on another disk.");
    }

    private void Copy(DataLayout target, Action<string> report, CancellationToken cancellationToken)
    {
        for (int attempt = 1; !TryCopy(target, report, cancellationToken); attempt++)
        {
            if (attempt == MaxAttempts)
                throw new StoreException($"A version was deleted during each of {MaxAttempts} attempts; back up when fewer are deleted.");

            report("A version was deleted meanwhile; beginning again");
            DeleteFolder(target.Root);
        }

        Sync(target);
    }

    /// <summary>Copies one state; returns false if a blob of it was deleted before it was copied.</summary>
    private bool TryCopy(DataLayout target, Action<string> report, CancellationToken cancellationToken)
    {
        PrivateFiles.CreateFolder(target.Root);
        PrivateFiles.CreateFolder(target.Blobs);
        IReadOnlyList<Digest> digests;
        CopyProgress progress;
        (DatabaseSnapshot registry, DatabaseSnapshot log) = Hold();
        using (registry)
        using (log)
        {
            digests = registry.ListBlobs();
            long total = registry.Bytes + log.Bytes + digests.Sum(digest => LengthOf(_data.Blob(digest)));
            RequireSpace(target.Root, total);
            progress = new CopyProgress(total, report);
            registry.CopyTo(target.Registry, progress, cancellationToken);
            log.CopyTo(target.ChannelLog, progress, cancellationToken);
        }

        if (File.Exists(_data.Credentials))
            new VerifiedCopy(progress, cancellationToken).CopyFile(_data.Credentials, target.Credentials);

        report($"Copied the databases; {digests.Count} blobs follow");
        var copy = new VerifiedCopy(progress, cancellationToken);
        foreach (Digest digest in digests)
        {
            try
            {
                copy.CopyBlob(_data, target, digest);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                if (IsListed(digest) && !File.Exists(_data.Blob(digest)))
                {
                    throw new StoreException(
                        $"The blob {_data.Blob(digest)} is missing. Upload it again, or delete the versions that list it.",
                        exception
                    );
                }

                return false;
            }
        }

        return true;
    }

    /// <summary>Checks what the databases of a copy hold, as <c>--verify-store</c> does; returns the number of problems.</summary>
    /// <remarks>SQLite's own check sees no damage within a value, such as that of a code.</remarks>
    private long CheckContent(DataLayout copy, Action<string> report, CancellationToken cancellationToken)
    {
        using SqliteConnection registry = SqliteDatabase.OpenUnchanged(copy.Registry),
            log = SqliteDatabase.OpenUnchanged(copy.ChannelLog);
        var check = new CheckReport(report, time);
        check.CheckCredentials(copy.Credentials);
        var versions = new RegistryCheck(check);
        bool isRegistryRead = check.TryRead(copy.Registry, () => versions.Run(registry));
        var codes = new ChannelLogCheck(log, check, isRegistryRead ? versions.Versions : null);
        if (codes.OtherSchema is { } other)
            report($"{other}: the codes are not checked. The release that wrote them can check them.");
        else
            check.TryRead(copy.ChannelLog, () => codes.Run(cancellationToken));

        return check.Problems;
    }

    /// <summary>
    /// Holds a state of both databases with no commit to the registry between them, so that each version whose codes the log holds is in
    /// the registry, and no other.
    /// </summary>
    private (DatabaseSnapshot Registry, DatabaseSnapshot Log) Hold()
    {
        using SqliteConnection watch = DatabaseSnapshot.Connect(_data.Registry);
        for (int attempt = 0; attempt < MaxHolds; attempt++)
        {
            // Changes when another connection commits.
            long before = watch.ExecuteScalar<long>("PRAGMA data_version");
            var registry = new DatabaseSnapshot(_data.Registry);
            try
            {
                var log = new DatabaseSnapshot(_data.ChannelLog);
                if (watch.ExecuteScalar<long>("PRAGMA data_version") == before)
                    return (registry, log);

                log.Dispose();
            }
            catch
            {
                registry.Dispose();
                throw;
            }

            registry.Dispose();
        }

        throw new StoreException("The model registry changes too often for a backup; try again when fewer versions are published.");
    }

    private bool IsListed(Digest digest)
    {
        using SqliteConnection registry = DatabaseSnapshot.Connect(_data.Registry);
        return registry.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM version_blobs WHERE digest = @Hex)", new { digest.Hex });
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    [GeneratedRegex(@"^\d{8}T\d{6}\.\d{3}Z$")]
    private static partial Regex BackupName();
}
