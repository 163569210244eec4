using Codec.Server.Options;
using Codec.Server.Stores.Embedded;
using Microsoft.Extensions.Options;

namespace Codec.Server;

/// <summary>Says where the server listens: in the log, and in a file for scripts that asked for a free port.</summary>
internal static class ListeningAddress
{
    /// <summary>Announces the address once it is bound; takes the file away when the server stops.</summary>
    public static void Announce(WebApplication app)
    {
        string file = app.Services.GetRequiredService<IOptions<ServerOptions>>().Value.AddressFile;
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            string address = app.Urls.First();
            if (file.Length > 0)
            {
                // Renamed into place: a script that waits for the file never reads half an address.
                string partial = file + ".partial";
                File.WriteAllText(partial, address + "\n");
                File.Move(partial, file, overwrite: true);
            }

            // Last: whoever waits for this line finds the file.
            ServerLog.Listening(app.Logger, address, app.Services.GetRequiredService<DataDirectory>().Root);
        });
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            ServerLog.Draining(app.Logger);
            if (file.Length > 0)
            {
                File.Delete(file);
            }
        });
    }
}
