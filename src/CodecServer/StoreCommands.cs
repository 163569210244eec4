using System.Runtime.InteropServices;
using Codec.Server.Options;
using Codec.Server.Stores;

namespace Codec.Server;

/// <summary>Runs the commands that work on the store and start no server: `backup` and `restore`.</summary>
internal static class StoreCommands
{
    // As shells expect it: 128 + SIGINT.
    private const int Interrupted = 130;

    private const string BackupRemedy = "No older backup was deleted: keep them. All but what is damaged can be restored from this one.";

    private const string RestoreRemedy = "The server serves the rest, and refuses a damaged code.";

    /// <summary>Runs the command that the command line names.</summary>
    /// <param name="commandLine">A command line with a command.</param>
    /// <param name="output">Receives the progress, a line at a time.</param>
    /// <returns>0 once the work is done; 1 if what was copied is damaged; 130 if a signal stopped it, which leaves nothing.</returns>
    /// <exception cref="StoreException">The store or the backup cannot be used; the message gives the remedy.</exception>
    public static int Run(CommandLine commandLine, TextWriter output)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using ServiceProvider services = Compose(commandLine.Settings);
        IStoreBackup store = services.GetRequiredService<IStoreBackup>();
        try
        {
            bool isBackup = commandLine.BackupFolder is not null;
            StoreCopy copy = commandLine.BackupFolder is { } backups
                ? store.Create(backups, commandLine.Keep, output.WriteLine, stop.Token)
                : store.Restore(commandLine.RestoreFolder!, output.WriteLine, stop.Token);
            string done = $"{(isBackup ? "Backup complete:" : "Restored")} {copy.Folder}";
            if (copy.Problems == 0)
            {
                output.WriteLine(done);
                return 0;
            }

            ConsoleLog.WriteFailure(
                commandLine.Settings,
                $"{done}. It holds damage: {copy.Problems} lines of the output begin with \"problem:\". "
                    + (isBackup ? BackupRemedy : RestoreRemedy)
            );
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ConsoleLog.WriteFailure(commandLine.Settings, "Stopped before the end; what was written is deleted.");
            return Interrupted;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Composes the store that the options name, for a command.</summary>
    public static ServiceProvider Compose(IReadOnlyDictionary<string, string?> settings)
    {
        IConfigurationRoot configuration = ServerConfiguration.Read(settings);
        IServiceCollection services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddLogging();
        services.AddSection<StoreOptions>();
        return services.AddStore(OptionCatalog.Read<StoreOptions>(configuration)).BuildServiceProvider();
    }
}
