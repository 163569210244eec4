using System.Runtime.InteropServices;
using System.Text.Json;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Priors;
using Codec.Trainer.Training;

namespace Codec.Trainer.Faces;

/// <summary>Keeps the components of a linear model with its complete qualities, so that a stopped run resumes after them.</summary>
/// <param name="checkpoint">The file.</param>
/// <param name="run">The run that it belongs to.</param>
internal sealed class FacesCheckpoint(Checkpoint checkpoint, FacesRun run)
{
    /// <summary>The components; null if nothing was resumed.</summary>
    public PrincipalComponents? Components { get; private set; }

    /// <summary>The complete qualities.</summary>
    public IReadOnlyList<QualityDraft> Qualities { get; private set; } = [];

    /// <summary>Reads the checkpoint, if there is one.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="TrainingStoppedException">It belongs to another run.</exception>
    public bool Resume()
    {
        if (!checkpoint.Exists)
            return false;
        var parts = new Dictionary<string, Action<Stream>>();
        FacesRun saved = checkpoint.Load<FacesRun>(parts);
        if (JsonSerializer.Serialize(saved) != JsonSerializer.Serialize(run))
        {
            throw new TrainingStoppedException(
                $"The checkpoint {checkpoint.Path} belongs to another run, of other images or options; give the same, or --fresh to "
                    + "start again."
            );
        }

        parts["components"] = stream => Components = new PrincipalComponents(Read(stream), Read(stream), Read(stream));
        parts["qualities"] = stream => Qualities = QualityDraft.ReadAll(stream, run.Latents, rule: null);
        checkpoint.Load<FacesRun>(parts);
        return true;
    }

    /// <summary>Replaces the checkpoint.</summary>
    public void Save(PrincipalComponents components, IReadOnlyList<QualityDraft> qualities) =>
        checkpoint.Save(
            run,
            new Dictionary<string, Action<Stream>>
            {
                ["components"] = stream =>
                {
                    foreach (float[] numbers in new[] { components.Mean, components.Basis, components.Variances })
                        Write(stream, numbers);
                },
                ["qualities"] = stream => QualityDraft.WriteAll(stream, qualities),
            }
        );

    private static void Write(Stream stream, float[] numbers)
    {
        stream.Write(BitConverter.GetBytes(numbers.Length));
        stream.Write(MemoryMarshal.AsBytes<float>(numbers));
    }

    private static float[] Read(Stream stream)
    {
        var length = new byte[sizeof(int)];
        stream.ReadExactly(length);
        var numbers = new float[BitConverter.ToInt32(length)];
        stream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }
}

/// <summary>The parameters that must be equal for a run to be resumed.</summary>
/// <param name="Data">The digest of the images and their division.</param>
/// <param name="Size">The images' size and channels.</param>
/// <param name="Latents">K: the number of latents.</param>
/// <param name="Frequencies">See <see cref="FacesPlan.Frequencies"/>.</param>
/// <param name="Aims">See <see cref="FacesPlan.Aims"/>.</param>
/// <param name="Targets">What a person asks of the qualities.</param>
/// <param name="Seed">The seed.</param>
internal sealed record FacesRun(
    string Data,
    string Size,
    int Latents,
    int? Frequencies,
    IReadOnlyList<FacesAim>? Aims,
    QualityTargets Targets,
    int Seed
);
