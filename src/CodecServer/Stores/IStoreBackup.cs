namespace Codec.Server.Stores;

/// <summary>Copies a store while a server uses it, and puts a copy back: the commands `backup` and `restore`.</summary>
internal interface IStoreBackup
{
    /// <summary>
    /// Writes a backup into a new folder below <paramref name="folder"/>: one state of models, aliases and channels, with every blob that
    /// its versions list. It appears under its name only when it is complete and durable. What it holds is checked; with problems, it is
    /// kept beside the good backups, and no other is deleted.
    /// </summary>
    /// <param name="folder">The folder of all backups; created if it is missing. One backup at a time is written to it.</param>
    /// <param name="keep">How many of the newest good backups to keep, this one included; null keeps all.</param>
    /// <param name="report">Receives the progress, a line at a time.</param>
    /// <param name="cancellationToken">Ends the work; what was written is deleted.</param>
    /// <returns>The backup.</returns>
    /// <exception cref="StoreException">There is no store to copy, it cannot be copied, or the folder cannot be used.</exception>
    StoreCopy Create(string folder, int? keep, Action<string> report, CancellationToken cancellationToken);

    /// <summary>Copies a backup into the store, which must be empty, and verifies what it copies.</summary>
    /// <param name="folder">A backup, or a folder of backups, of which the newest is taken.</param>
    /// <param name="report">Receives the progress, a line at a time.</param>
    /// <param name="cancellationToken">Ends the work; what was written is deleted.</param>
    /// <returns>The backup that was restored.</returns>
    /// <exception cref="StoreException">The store is not empty or in use; or there is no backup, or it cannot be restored.</exception>
    StoreCopy Restore(string folder, Action<string> report, CancellationToken cancellationToken);
}

/// <summary>A backup that was written or restored.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Problems">Number of damages in what it holds, which were reported.</param>
internal sealed record StoreCopy(string Folder, long Problems);
