using System.Globalization;
using Codec.Client;
using Codec.Images;
using Codec.Imaging;
using Codec.Tool.Offline;
using Codec.Tool.Output;

namespace Codec.Tool.Channels;

/// <summary>Receives images and writes each as a file.</summary>
internal sealed class SubscribeSession(CodecClient client, string channel, OutputFolder folder)
{
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(5);

    /// <summary>What the codes of the images so far save.</summary>
    public Savings Savings { get; } = new();

    /// <summary>Receives images until the count or the token ends it; the position of a consumer includes the last file.</summary>
    public async Task RunAsync(SubscribeOptions options, long count, Results results, CancellationToken cancellationToken)
    {
        long written = 0;
        try
        {
            await foreach (ReceivedCode code in CodeStream.ReadAsync(client, channel, options, cancellationToken).ConfigureAwait(false))
            {
                Raster image = code.Decode(client.Options.MaxImagePixels);
                byte[] png = ImageFile.EncodePng(image);
                string file = folder.PathOf(FileName(code));
                folder.Write(file, png);
                written = code.Sequence;
                Savings.Add(image.Samples.Length, png.Length, code.WireBytes);
                results.Row(code.Describe() with { Output = file }, RowTypes.Default.CodeRow, $"{file}: {image.Size}");
                if (Savings.Images == count)
                    break;
            }
        }
        finally
        {
            // The subscription has committed only what came before the last image, which it did not see done.
            if (options.Consumer is { } consumer && written > 0)
            {
                using var limit = new CancellationTokenSource(CommitPatience);
                await client.CommitAsync(channel, consumer, written, limit.Token).ConfigureAwait(false);
            }
        }
    }

    // Keys come from producers: only letters, digits, '.', '-' and '_' reach a file's name, and never a leading dot.
    private static string FileName(ReceivedCode code)
    {
        string number = code.Sequence.ToString("D10", CultureInfo.InvariantCulture);
        return code.Info.Key is { } key
            ? $"{number}-{string.Concat(key.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'))}.png"
            : $"{number}.png";
    }
}
