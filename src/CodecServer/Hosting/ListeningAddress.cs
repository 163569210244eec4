using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Hosting;

/// <summary>Announces the bound addresses: in the log, and in a file for scripts that let the system choose a port.</summary>
internal static class ListeningAddress
{
    /// <summary>Writes the addresses once they are bound, and deletes the file when the server stops.</summary>
    public static void Announce(WebApplication app)
    {
        string file = app.Services.GetRequiredService<IOptions<ServerOptions>>().Value.AddressFile;
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            // The public address, then that of operations if there is one: the order in which they were added.
            string[] addresses = [.. app.Urls];
            if (file.Length > 0)
            {
                // Write to another name and rename, so that a script that polls for the file never reads half an address.
                string partial = file + ".partial";
                File.WriteAllLines(partial, addresses);
                File.Move(partial, file, overwrite: true);
            }

            // Log last, so that a script that waits for this line finds the file.
            if (addresses is [_, var operations])
                ServerLog.ListeningForOperations(app.Logger, operations);
            ServerLog.Listening(app.Logger, addresses[0], app.Services.GetRequiredService<StoreLocation>().Text);
        });
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            ServerLog.Draining(app.Logger);
            if (file.Length > 0)
                File.Delete(file);
        });
    }
}
