using Codec.Client;
using Codec.Client.ImageSharp;
using Codec.Frames;
using SixLabors.ImageSharp;

// A folder of photographs in, PNGs out:
//   PhotoFolder send    ADDRESS CHANNEL FOLDER     publishes each JPEG, PNG and WebP file; its name is the key
//   PhotoFolder receive ADDRESS CHANNEL FOLDER N   writes the first N photographs of the channel as PNG files
if (args is not (["send", _, _, _] or ["receive", _, _, _, _]))
{
    Console.Error.WriteLine("PhotoFolder send ADDRESS CHANNEL FOLDER | PhotoFolder receive ADDRESS CHANNEL FOLDER COUNT");
    return 2;
}

(string channel, string folder) = (args[2], args[3]);
using var client = new CodecClient(args[1]);
return args[0] == "send" ? await SendAsync() : await ReceiveAsync(int.Parse(args[4], null));

async Task<int> SendAsync()
{
    await client.CreateChannelAsync(channel);
    await using ChannelPublisher publisher = await client.OpenPublisherAsync(channel, model: "photos", quality: 4);
    string[] files = [.. Directory.GetFiles(folder).Where(IsPhoto).Order(StringComparer.Ordinal)];
    // Many files are on their way at once; a file that the server refuses does not stop the others.
    int refused = 0;
    await foreach (PublishResult result in publisher.PublishAllAsync(files.ToAsyncEnumerable().Select(Open)))
    {
        string name = Path.GetFileName(files[result.Index]);
        Console.WriteLine(result.IsStored ? $"{name} is #{result.Acknowledgement.Value.FirstSequence}" : $"{name}: {result.Error.Message}");
        refused += result.IsStored ? 0 : 1;
    }

    return refused == 0 ? 0 : 1;
}

async Task<int> ReceiveAsync(int count)
{
    Directory.CreateDirectory(folder);
    await foreach (DecodedImage photo in client.SubscribeAsync(channel, SubscribeFrom.Start))
    {
        string path = Path.Combine(folder, $"{photo.Sequence}-{Path.GetFileNameWithoutExtension(photo.Key)}.png");
        using Image picture = photo.ToImage();
        await picture.SaveAsPngAsync(path);
        Console.WriteLine($"{path}: {photo.Width}×{photo.Height}");
        if (--count == 0)
            break;
    }

    return 0;
}

static bool IsPhoto(string file) => Path.GetExtension(file).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png" or ".webp";

static OutgoingImage Open(string file) =>
    new(ImageSource.BorrowFile(File.ReadAllBytes(file)), new CodeInfo { Key = Path.GetFileName(file) });
