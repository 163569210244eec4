using System.Text;
using Codec.Server.Options;
using Microsoft.Win32.SafeHandles;

namespace Codec.Server.Network;

/// <summary>The bytes of the files that the TLS options name.</summary>
/// <param name="Certificate">PEM text of the certificate and its intermediate ones.</param>
/// <param name="Key">PEM text of the private key.</param>
/// <param name="ClientCa">PEM text of the roots of clients' certificates; empty if none are asked for.</param>
internal sealed record TlsFiles(string Certificate, string Key, string ClientCa)
{
    /// <summary>
    /// Reads the files, all of one state: where a Secret or a link is exchanged meanwhile, the certificate's text differs afterwards.
    /// </summary>
    /// <exception cref="TlsException">A file cannot be read.</exception>
    public static TlsFiles Read(TlsOptions options)
    {
        while (true)
        {
            var files = new TlsFiles(
                Read(nameof(options.Certificate), options.Certificate),
                Read(nameof(options.Key), options.Key),
                options.ClientCa.Length > 0 ? Read(nameof(options.ClientCa), options.ClientCa) : ""
            );
            if (Read(nameof(options.Certificate), options.Certificate) == files.Certificate)
                return files;
        }
    }

    /// <summary>Reads one file.</summary>
    /// <param name="option">The property of <see cref="TlsOptions"/> that names it, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="TlsException">The file cannot be read.</exception>
    public static string Read(string option, string path)
    {
        try
        {
            using SafeFileHandle file = SmallFile.Open(path);
            using var reader = new StreamReader(new MemoryStream(SmallFile.Read(file)), Encoding.ASCII);
            return reader.ReadToEnd();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TlsException(option, $"the file '{path}' does not exist. Name an existing PEM file.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new TlsException(option, $"'{path}' may not be read by the user {Environment.UserName}, or is a folder.", exception);
        }
        catch (IOException exception)
        {
            throw new TlsException(option, $"'{path}' cannot be read: {exception.Message} Name a PEM file.", exception);
        }
    }
}

/// <summary>A certificate, a key or a list of roots cannot be used.</summary>
/// <param name="option">The property of <see cref="TlsOptions"/> that names the file.</param>
/// <param name="problem">The file, what is wrong with it, and the remedy.</param>
/// <param name="inner">The cause.</param>
internal sealed class TlsException(string option, string problem, Exception? inner = null)
    : ArgumentException($"Codec:Tls:{option}: {problem}", inner);
