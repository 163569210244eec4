using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Codec.Models;

namespace Codec.Datasets;

/// <summary>The part of a data set that an image belongs to.</summary>
public enum DataSide
{
    /// <summary>Learned.</summary>
    Train,

    /// <summary>Steers the training.</summary>
    Validation,

    /// <summary>Held out.</summary>
    Test,
}

/// <summary>Divides images by a hash of their content or label, as <see cref="SplitKind.Hash"/> describes.</summary>
/// <param name="rule">Fractions and seed.</param>
public sealed class HashSplit(SplitRule rule)
{
    // Places are multiples of 2^-32.
    private const double HalfUnit = 1.0 / (1L << 33);

    /// <summary>Decides by the hash alone.</summary>
    /// <param name="content">Digest of the image's content.</param>
    /// <param name="label">The image's label.</param>
    public DataSide SideOf(Digest content, string label) => SideOf(PlaceOf(content, label));

    /// <summary>
    /// Divides a set. If the hash leaves no image for testing or validation, the fraction grows until there is one: a small set has every
    /// part too.
    /// </summary>
    /// <returns>The rule with the fractions used, and the side of each image.</returns>
    /// <exception cref="DatasetException">There are too few different images or labels.</exception>
    public static (SplitRule Rule, DataSide[] Sides) Divide(SplitRule rule, IReadOnlyList<Digest> contents, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(contents);
        ArgumentNullException.ThrowIfNull(labels);
        var split = new HashSplit(rule);
        double[] places = [.. contents.Select((content, i) => split.PlaceOf(content, labels[i]))];
        double[] rising = [.. places.Distinct().Order()];
        int least = rule.Validation > 0 ? 3 : 2;
        if (rising.Length < least)
        {
            throw new DatasetException(
                $"{places.Length} images have {rising.Length} different {(rule.By is SplitBy.Label ? "labels" : "contents")}; at least {least} are needed, to hold some out."
            );
        }

        double test = Math.Max(rule.Test, rising[0] + HalfUnit),
            bound = Math.Max(rule.Test + rule.Validation, test);
        if (rule.Validation > 0)
            bound = Math.Max(bound, rising.First(place => place > test || place == rising[^1]) + HalfUnit);
        SplitRule used = rule with { Test = test, Validation = rule.Validation > 0 ? bound - test : 0 };
        split = new HashSplit(used);
        DataSide[] sides = [.. places.Select(split.SideOf)];
        return sides.Contains(DataSide.Train)
            ? (used, sides)
            : throw new DatasetException(
                $"Of {places.Length} images, none is left for training; hold out less than {rule.Test + rule.Validation:0.##} of them, or give more images."
            );
    }

    private DataSide SideOf(double place) =>
        place < rule.Test ? DataSide.Test
        : place < rule.Test + rule.Validation ? DataSide.Validation
        : DataSide.Train;

    /// <summary>A number from 0 to 1 that depends only on the seed and the content or label.</summary>
    private double PlaceOf(Digest content, string label)
    {
        byte[] key = Encoding.UTF8.GetBytes(rule.By is SplitBy.Label ? label : content.Hex);
        var seeded = new byte[sizeof(uint) + key.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(seeded, rule.Seed);
        key.CopyTo(seeded, sizeof(uint));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(seeded, hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / (double)(1L << 32);
    }
}
