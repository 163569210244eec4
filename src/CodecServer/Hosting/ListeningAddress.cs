using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Hosting;

/// <summary>Announces the bound address: in the log, and in a file for scripts that let the system choose the port.</summary>
internal static class ListeningAddress
{
    /// <summary>Writes the address once it is bound, and deletes the file when the server stops.</summary>
    public static void Announce(WebApplication app)
    {
        string file = app.Services.GetRequiredService<IOptions<ServerOptions>>().Value.AddressFile;
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            string address = app.Urls.First();
            if (file.Length > 0)
            {
                // Write to another name and rename, so that a script that polls for the file never reads half an address.
                string partial = file + ".partial";
                File.WriteAllText(partial, address + "\n");
                File.Move(partial, file, overwrite: true);
            }

            // Log last, so that a script that waits for this line finds the file.
            ServerLog.Listening(app.Logger, address, app.Services.GetRequiredService<StoreLocation>().Text);
        });
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            ServerLog.Draining(app.Logger);
            if (file.Length > 0)
                File.Delete(file);
        });
    }
}
