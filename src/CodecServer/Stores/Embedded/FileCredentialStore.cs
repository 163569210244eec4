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
            PrivateFolder.Create(folder);
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
                $"The credentials in {_file.Path} cannot be changed: {exception.Message} Run the command as the user of the server.",
                exception
            );
        }
    }

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
    private void Replace(string folder, CredentialRecord[] credentials)
    {
        string partial = _file.Path + ".partial";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        using (var stream = new FileStream(partial, options))
        {
            stream.Write(CredentialFile.Serialize(credentials));
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, _file.Path, overwrite: true);
        DirectorySync.Sync(folder);
    }

    /// <summary>Waits for another command that changes the file.</summary>
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        long began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(_file.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (_time.GetElapsedTime(began) < LockPatience)
            {
                await Task.Delay(LockInterval, _time, cancellationToken);
            }
        }
    }
}
