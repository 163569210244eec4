using System.Security.Cryptography;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Stores credentials in a file of the data directory, which a command replaces while a server reads it. A file, and not a table of the
/// registry, because the registry has one writer, the server; and because a Secret of Kubernetes can have the same layout.
/// </summary>
internal sealed class FileCredentialStore : ICredentialStore
{
    /// <summary>Maximum number of credentials, revoked ones included.</summary>
    private const int MaxCredentials = 10_000;

    /// <summary>How many revoked credentials are kept, for the list.</summary>
    private const int MaxRevoked = 1000;

    /// <summary>Bytes that the file may grow by on a full disk: many revocations, each with a time and a name.</summary>
    private const int GrowthBytes = 4096;

    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(10);

    private readonly CredentialFile _file;
    private readonly TimeProvider _time;

    public FileCredentialStore(IOptions<StoreOptions> options, TimeProvider time)
        : this(new DataLayout(Path.GetFullPath(options.Value.DataDirectory)).Credentials, time) { }

    /// <summary>Uses a file of its own, such as one from which a Secret is made.</summary>
    public FileCredentialStore(string path, TimeProvider time)
    {
        _file = new CredentialFile(path, time);
        _time = time;
    }

    public string Place => _file.Path;

    public bool HasFolder => Directory.Exists(Path.GetDirectoryName(_file.Path));

    public IReadOnlyList<CredentialRecord>? Read() => _file.Read();

    public Task AddAsync(CredentialRecord credential, CancellationToken cancellationToken) =>
        ChangeAsync(
            existing =>
                existing.Count < MaxCredentials
                    ? [.. existing, credential]
                    : throw new StoreException($"There are {MaxCredentials} credentials already; revoke some."),
            cancellationToken
        );

    public async Task<CredentialRecord?> RevokeAsync(string id, string by, CancellationToken cancellationToken)
    {
        CredentialRecord? revoked = null;
        await ChangeAsync(
            existing =>
            {
                CredentialRecord? valid = existing.FirstOrDefault(credential => credential.Id == id && credential.RevokedAt is null);
                if (valid is null)
                    return existing;
                CredentialRecord changed = valid with { RevokedAt = Now(), RevokedBy = by };
                revoked = changed;
                return [.. existing.Select(credential => credential == valid ? changed : credential)];
            },
            cancellationToken
        );
        return revoked;
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds());

    private async Task ChangeAsync(
        Func<IReadOnlyList<CredentialRecord>, IReadOnlyList<CredentialRecord>> change,
        CancellationToken cancellationToken
    )
    {
        string folder = Path.GetDirectoryName(_file.Path)!;
        try
        {
            PrivateFiles.CreateFolder(folder);
            await using FileStream only = await LockAsync(cancellationToken);

            // Another process may have changed the file within the time for which a reader does not look.
            IReadOnlyList<CredentialRecord> existing = new CredentialFile(_file.Path, _time).Read() ?? [];
            IReadOnlyList<CredentialRecord> changed = change(existing);
            if (!ReferenceEquals(changed, existing))
                Replace(folder, WithoutOldest(changed));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"The credentials in {_file.Path} cannot be changed: {exception.Message} {Remedy(exception)}",
                exception
            );
        }
    }

    private static string Remedy(Exception exception) =>
        DiskFull.IsCauseOf(exception) ? "Free a few kilobytes of the disk (delete channels or versions), then run the command again."
        : exception is UnauthorizedAccessException ? "Run the command as the user of the server."
        : "If another command changes them, wait for its end, then run this one again.";

    private static CredentialRecord[] WithoutOldest(IReadOnlyList<CredentialRecord> credentials)
    {
        int surplus = credentials.Count(credential => credential.RevokedAt is not null) - MaxRevoked;
        HashSet<string> dropped =
        [
            .. credentials
                .Where(credential => credential.RevokedAt is not null)
                .OrderBy(credential => credential.RevokedAt)
                .Take(Math.Max(0, surplus))
                .Select(credential => credential.Id),
        ];
        return [.. credentials.Where(credential => !dropped.Contains(credential.Id))];
    }

    /// <summary>Replaces the file in one step, so that no reader sees a part of it.</summary>
    /// <remarks>
    /// The new content is written over a file that the change before set aside: its space is allocated, so that a key can be revoked on a
    /// full disk. (A file system that copies on write needs free space nevertheless.)
    /// </remarks>
    private void Replace(string folder, CredentialRecord[] credentials)
    {
        string next = _file.Path + ".next";
        byte[] content = CredentialFile.Serialize(credentials);
        try
        {
            PrivateFiles.CreateFile(next);
            using var stream = new FileStream(next, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
            stream.Write(content);
            stream.SetLength(content.Length);
            stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            File.Delete(next);
            throw;
        }

        File.Move(next, _file.Path, overwrite: true);
        DirectorySync.Sync(folder);
        SetAside(next, content.Length + GrowthBytes);
    }

    /// <summary>Sets space aside for the next change, as far as the disk has it.</summary>
    private static void SetAside(string path, int bytes)
    {
        try
        {
            PrivateFiles.CreateFile(path);
            // Random, because a file system that compresses would not set space aside for zeros.
            File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(bytes));
        }
        catch (IOException exception) when (DiskFull.IsCauseOf(exception))
        {
            // The change is made. The next one on a full disk may fail, and says so.
        }
    }

    /// <summary>Waits for another command that changes the file.</summary>
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        long began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                PrivateFiles.CreateFile(_file.Path + ".lock");
                return new FileStream(_file.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (_time.GetElapsedTime(began) < LockPatience)
            {
                await Task.Delay(LockInterval, _time, cancellationToken);
            }
        }
    }
}
