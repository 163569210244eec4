using System.Globalization;

namespace Codec.Server.Network;

/// <summary>
/// How many connections an endpoint accepts: as many as the option says, or fewer where the process may open too few files. A process
/// without a free descriptor cannot read its own files and ends.
/// </summary>
internal static class ConnectionLimit
{
    /// <summary>Descriptors for everything else: databases, blobs, assemblies. An idle server has about 300.</summary>
    private const int Reserved = 512;

    /// <summary>The fewest connections, however few files may be open.</summary>
    private const int Least = 16;

    /// <summary>Returns the number of connections, and logs it if it is not the option's.</summary>
    /// <param name="wanted">The option <c>--max-connections</c>.</param>
    /// <param name="logger">The server's log.</param>
    public static int Choose(int wanted, ILogger logger)
    {
        if (ReadOpenFiles() is not { } files)
            return wanted;
        int connections = Within(wanted, files);
        if (connections < wanted)
            ServerLog.ConnectionsReduced(logger, connections, wanted, files);
        return connections;
    }

    /// <summary>Divides the descriptors between the two endpoints.</summary>
    /// <param name="wanted">Connections that the option asks for.</param>
    /// <param name="openFiles">Files that the process may open.</param>
    public static int Within(int wanted, long openFiles) => (int)Math.Clamp((openFiles - Reserved) / 2, Math.Min(Least, wanted), wanted);

    /// <summary>The soft limit on open files, which .NET raises to the hard one; null where the system does not state it.</summary>
    private static long? ReadOpenFiles()
    {
        const string Limits = "/proc/self/limits",
            Name = "Max open files";
        if (!File.Exists(Limits))
            return null;
        string? line = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        string? soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long files) ? files : null;
    }
}
