using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Codec.Client;
using Codec.Frames;
using Codec.Tool.CommandLine;
using Codec.Tool.Offline;

namespace Codec.Tool.Channels;

/// <summary>Reads image files to publish, one after the other; reports and passes over those that cannot be read.</summary>
/// <param name="files">The files; - is one image from the input.</param>
/// <param name="watch">Finds further files, without end; null for none.</param>
/// <param name="key">The key of all; null for each file's name.</param>
/// <param name="fit">How the server fits them to a model of one size.</param>
internal sealed class OutgoingFiles(IReadOnlyList<string> files, FolderWatch? watch, string? key, Fit fit)
{
    /// <summary>Stands for one image from the input.</summary>
    public const string Input = "-";

    private readonly ConcurrentQueue<(string File, string? Key)> _names = new();

    /// <summary>Whether a file could not be read.</summary>
    public bool Failed { get; private set; }

    /// <summary>Removes the name and key of the first image that was read and not taken.</summary>
    public (string File, string? Key) TakeName() =>
        _names.TryDequeue(out (string, string?) name) ? name : throw new InvalidOperationException();

    /// <summary>Reads the images.</summary>
    public async IAsyncEnumerable<OutgoingImage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string file in files)
        {
            if (await TryReadAsync(file).ConfigureAwait(false) is { } image)
                yield return image;
        }

        if (watch is null)
            yield break;
        await foreach (string file in watch.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await TryReadAsync(file).ConfigureAwait(false) is { } image)
                yield return image;
        }
    }

    private async Task<OutgoingImage?> TryReadAsync(string file)
    {
        try
        {
            string? chosen = key ?? (file == Input ? null : Path.GetFileNameWithoutExtension(file));
            CheckKey(chosen);
            byte[] bytes = file == Input ? await InputFile.ReadInputAsync().ConfigureAwait(false) : InputFile.Read(file);
            var image = new OutgoingImage(
                ImageSource.BorrowFile(
                    bytes,
                    fit switch
                    {
                        Fit.Cover => ImageFit.Cover,
                        Fit.Stretch => ImageFit.Stretch,
                        _ => ImageFit.Exact,
                    }
                ),
                chosen is null ? null : new CodeInfo { Key = chosen }
            );
            _names.Enqueue((file, chosen));
            return image;
        }
        catch (Exception exception) when (ToolCommands.Runner.IsExpected(exception))
        {
            ToolCommands.ReportFailure(file, exception);
            Failed = true;
            return null;
        }
    }

    /// <summary>Checks a key before it is sent: the SDK refuses a wrong one by ending the whole sequence.</summary>
    /// <exception cref="ArgumentException">The key is wrong.</exception>
    public static void CheckKey(string? key)
    {
        if (key is not null && (Encoding.UTF8.GetByteCount(key) is < 1 or > CodeInfo.MaxKeyBytes || key.Any(char.IsControl)))
        {
            throw new ArgumentException(
                $"The key '{key}' is empty, longer than {CodeInfo.MaxKeyBytes} bytes, or has a control character; --key sets another one."
            );
        }
    }
}
