namespace Codec.Server.Stores;

/// <summary>Opens credentials in a file of their own; null opens those of the store.</summary>
internal delegate ICredentialStore CredentialStoreFactory(string? file);

/// <summary>Stores the credentials that commands create and revoke. A server sees a change within a second, without a restart.</summary>
internal interface ICredentialStore
{
    /// <summary>The file or place that has them, for messages.</summary>
    string Place { get; }

    /// <summary>Whether the folder that holds them exists. Adding a credential creates it.</summary>
    bool HasFolder { get; }

    /// <summary>Returns all credentials, revoked ones included, in the order of their creation; null if there has never been one.</summary>
    /// <remarks>The same instance while nothing has changed, so that a caller notices a change by comparing references.</remarks>
    /// <exception cref="StoreException">They cannot be read.</exception>
    IReadOnlyList<CredentialRecord>? Read();

    /// <summary>Adds a credential, durably.</summary>
    /// <exception cref="StoreException">It cannot be written, or there are too many.</exception>
    Task AddAsync(CredentialRecord credential, CancellationToken cancellationToken);

    /// <summary>Revokes a credential, durably; returns it, or null if there is none with this id that is not revoked.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="by">Who revokes it.</param>
    /// <param name="cancellationToken">Ends the wait for another command.</param>
    /// <exception cref="StoreException">It cannot be written.</exception>
    Task<CredentialRecord?> RevokeAsync(string id, string by, CancellationToken cancellationToken);
}
