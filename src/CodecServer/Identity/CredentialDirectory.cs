using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Identity;

/// <summary>
/// The stored credentials of all sources: those that commands create, and those of the keys file. Sees changes within a second.
/// </summary>
internal sealed class CredentialDirectory(
    ICredentialStore store,
    IOptions<IdentityOptions> options,
    AuditLog audit,
    TimeProvider time,
    ILogger<CredentialDirectory> logger
)
{
    private readonly CredentialFile? _file = options.Value.KeysFile is { Length: > 0 } path
        ? new CredentialFile(Path.GetFullPath(path), time)
        : null;

    private readonly Lock _lock = new();
    private Content? _content;
    private string? _problem;

    /// <summary>Whether callers need a credential: one was created at any time, or there is a keys file.</summary>
    public bool IsInUse => _file is not null || Current().FromStore is not null;

    /// <summary>Whether a credential exists that is not revoked.</summary>
    public bool HasCredentials => Current().ById.Values.Any(credential => credential.RevokedAt is null);

    /// <summary>Returns the credential with an id, revoked or not; null if there is none.</summary>
    public CredentialRecord? Find(string id) => Current().ById.GetValueOrDefault(id);

    /// <summary>Returns the credential for the first of some names in a certificate; null if there is none.</summary>
    public CredentialRecord? FindCertificate(IEnumerable<string> names)
    {
        Content content = Current();
        return names.Select(name => content.ByCertificate.GetValueOrDefault(name)).FirstOrDefault(found => found is not null);
    }

    /// <summary>Whether a caller's credential is still as it was: not expired, not revoked, with the same roles.</summary>
    public bool IsValid(Caller caller) =>
        !(caller.ExpiresAt < time.GetUtcNow())
        && (
            caller.CredentialId is not { } id
            || (Find(id) is { RevokedAt: null } credential && Grants.Of(credential.Roles).ToString() == caller.Grants.ToString())
        );

    /// <summary>Reads what has changed, so that it is recorded soon even where nobody calls.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken)
    {
        Current();
        return Task.CompletedTask;
    }

    private Content Current()
    {
        lock (_lock)
        {
            try
            {
                IReadOnlyList<CredentialRecord>? stored = store.Read();
                IReadOnlyList<CredentialRecord>? listed = _file?.Read();
                if (_content is null || !ReferenceEquals(stored, _content.FromStore) || !ReferenceEquals(listed, _content.FromFile))
                {
                    Content? before = _content;
                    _content = new Content(stored, listed);
                    if (before is not null)
                        RecordChanges(before, _content);
                }

                _problem = null;
            }
            catch (StoreException exception) when (_content is not null)
            {
                if (_problem != exception.Message)
                    ServerLog.CredentialsUnreadable(logger, exception.Message);

                _problem = exception.Message;
            }

            return _content;
        }
    }

    private void RecordChanges(Content before, Content after)
    {
        foreach (CredentialRecord created in after.ById.Values.Where(credential => !before.ById.ContainsKey(credential.Id)))
            Record("CreateKey", created, created.CreatedBy);

        foreach (CredentialRecord known in before.ById.Values.Where(credential => credential.RevokedAt is null))
        {
            CredentialRecord? now = after.ById.GetValueOrDefault(known.Id);
            if (now is not { RevokedAt: null })
                Record("RevokeKey", known, now?.RevokedBy ?? "");
        }

        void Record(string action, CredentialRecord credential, string by) =>
            audit.Record(
                new Caller(by, Grants.All) { Credential = "command" },
                action,
                $"{credential.Id} '{credential.Name}' ({string.Join(' ', credential.Roles)})"
            );
    }

    /// <summary>What was read. A credential that both sources have is that of the store.</summary>
    private sealed record Content
    {
        public Content(IReadOnlyList<CredentialRecord>? fromStore, IReadOnlyList<CredentialRecord>? fromFile)
        {
            (FromStore, FromFile) = (fromStore, fromFile);
            foreach (CredentialRecord credential in (fromStore ?? []).Concat(fromFile ?? []))
            {
                ById.TryAdd(credential.Id, credential);
                if (credential is { RevokedAt: null, Certificate: { } name })
                    ByCertificate.TryAdd(name, credential);
            }
        }

        public IReadOnlyList<CredentialRecord>? FromStore { get; }

        public IReadOnlyList<CredentialRecord>? FromFile { get; }

        public Dictionary<string, CredentialRecord> ById { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, CredentialRecord> ByCertificate { get; } = new(StringComparer.OrdinalIgnoreCase);
    }
}
