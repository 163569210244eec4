namespace Codec.Server.Stores;

/// <summary>Copies a store while a server uses it, and puts a copy back: the commands `backup` and `restore`.</summary>
internal interface IStoreBackup
{
    /// <summary>
    /// Writes a backup into a new folder below <paramref name="folder"/>: one state of models, aliases and channels, with every blob that
    /// its versions list. It appears under its name only when it is complete and durable.
    /// </summary>
    /// <param name="folder">The folder of all backups; created if it is missing. One backup at a time is written to it.</param>
    /// <param name="keep">How many of the newest backups to keep, this one included; null keeps all.</param>
    /// <param name="report">Receives the progress, a line at a time.</param>
    /// <param name="cancellationToken">Ends the work; what was written is deleted.</param>
    /// <returns>The backup's folder.</returns>
    /// <exception cref="StoreException">There is no store to copy, it is damaged, or the folder cannot be used.</exception>
    string Create(string folder, int? keep, Action<string> report, CancellationToken cancellationToken);

    /// <summary>Copies a backup into the store, which must be empty, and verifies what it copies.</summary>
    /// <param name="folder">A backup, or a folder of backups, of which the newest is taken.</param>
    /// <param name="report">Receives the progress, a line at a time.</param>
    /// <param name="cancellationToken">Ends the work; what was written is deleted.</param>
    /// <returns>The folder of the restored backup.</returns>
    /// <exception cref="StoreException">The store is not empty or in use; or there is no backup, or it is damaged.</exception>
    string Restore(string folder, Action<string> report, CancellationToken cancellationToken);
}
