using System.IO.Compression;
using System.Text.Json;

namespace Codec.Trainer.Training;

/// <summary>
/// The state of a training run after an epoch: a zip archive with <c>run.json</c> and the run's own parts. The file is renamed to its final
/// name when it is complete, so a run that is killed leaves the previous checkpoint.
/// </summary>
internal sealed class Checkpoint(string path)
{
    private const string RunEntry = "run.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The file's path.</summary>
    public string Path { get; } = path;

    /// <summary>Whether the file exists.</summary>
    public bool Exists => File.Exists(Path);

    /// <summary>Replaces the checkpoint.</summary>
    /// <param name="run">A description of the run; written as JSON.</param>
    /// <param name="parts">Writers of the other parts, by name.</param>
    /// <exception cref="IOException">The disk is full; the previous checkpoint stays.</exception>
    public void Save<T>(T run, IReadOnlyDictionary<string, Action<Stream>> parts)
    {
        string unfinished = Path + ".tmp";
        try
        {
            Write(unfinished, run, parts);
        }
        catch (IOException)
        {
            // What was written would keep a full disk full.
            File.Delete(unfinished);
            throw;
        }

        File.Move(unfinished, Path, overwrite: true);
    }

    private static void Write<T>(string unfinished, T run, IReadOnlyDictionary<string, Action<Stream>> parts)
    {
        using FileStream file = File.Create(unfinished);
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            WriteEntry(archive, RunEntry, stream => JsonSerializer.Serialize(stream, run, Json));
            foreach ((string name, Action<Stream> write) in parts)
                WriteEntry(archive, name, write);
        }

        // Flushed before it is renamed: after a power cut, one of the two checkpoints is complete.
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads the checkpoint.</summary>
    /// <param name="parts">Readers of the other parts, by name; all are called.</param>
    /// <returns>The description of the run.</returns>
    /// <exception cref="TrainingStoppedException">There is no checkpoint, or it is damaged or of another kind of run.</exception>
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
                $"There is no checkpoint to resume from at {Path} ({exception.Message}); --fresh starts again.",
                exception
            );
        }
    }

    /// <summary>Deletes the checkpoint; for a run that is complete.</summary>
    public void Delete() => File.Delete(Path);

    private static Stream Entry(ZipArchive archive, string name) =>
        (archive.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}.")).Open();

    private static void WriteEntry(ZipArchive archive, string name, Action<Stream> write)
    {
        // Not compressed: weights hardly compress, and a checkpoint is written after every epoch.
        using Stream stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        write(stream);
    }
}
