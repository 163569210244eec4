using System.IO.Compression;
using System.Text.Json;

namespace Codec.Trainer.Training;

/// <summary>
/// A training run as it stood after an epoch: a zip archive with <c>run.json</c> and whatever the run adds. It appears under its
/// name only when it is whole, so a run that is killed leaves the one before.
/// </summary>
internal sealed class Checkpoint(string path)
{
    private const string RunEntry = "run.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The file's path.</summary>
    public string Path { get; } = path;

    /// <summary>Whether there is one.</summary>
    public bool Exists => File.Exists(Path);

    /// <summary>Writes a checkpoint in place of the one before.</summary>
    /// <param name="run">What describes the run; written as JSON.</param>
    /// <param name="parts">What else belongs to it, by name.</param>
    public void Save<T>(T run, IReadOnlyDictionary<string, Action<Stream>> parts)
    {
        string unfinished = Path + ".tmp";
        using (FileStream file = File.Create(unfinished))
        {
            using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                WriteEntry(archive, RunEntry, stream => JsonSerializer.Serialize(stream, run, Json));
                foreach ((string name, Action<Stream> write) in parts)
                    WriteEntry(archive, name, write);
            }

            // On the disk before it takes the old one's name: a power cut leaves either, never half of one.
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, Path, overwrite: true);
    }

    /// <summary>Reads the checkpoint.</summary>
    /// <param name="parts">Readers by name: all are called.</param>
    /// <returns>What describes the run.</returns>
    /// <exception cref="TrainingStoppedException">There is none, or it is damaged or of another kind of run.</exception>
    public T Load<T>(IReadOnlyDictionary<string, Action<Stream>> parts)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(Path);
            T run;
            using (Stream stream = Entry(archive, RunEntry))
                run = JsonSerializer.Deserialize<T>(stream, Json) ?? throw new InvalidDataException("run.json is null.");
            foreach ((string name, Action<Stream> read) in parts)
            {
                using Stream stream = Entry(archive, name);
                read(stream);
            }

            return run;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or JsonException or ArgumentException)
        {
            throw new TrainingStoppedException(
                $"There is no checkpoint to resume from at {Path} ({exception.Message}); leave --resume out to begin anew.",
                exception
            );
        }
    }

    /// <summary>Deletes the checkpoint: its run is complete.</summary>
    public void Delete() => File.Delete(Path);

    private static Stream Entry(ZipArchive archive, string name) =>
        (archive.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}.")).Open();

    private static void WriteEntry(ZipArchive archive, string name, Action<Stream> write)
    {
        // Weights do not compress, and a checkpoint is written after every epoch.
        using Stream stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        write(stream);
    }
}
