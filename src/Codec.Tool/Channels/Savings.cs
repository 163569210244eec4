using Codec.Tool.Output;

namespace Codec.Tool.Channels;

/// <summary>Sums how many bytes codes take, and their images.</summary>
internal sealed class Savings
{
    private double _raw;
    private double _png;
    private double _codes;

    /// <summary>Number of images.</summary>
    public long Images { get; private set; }

    /// <summary>Adds an image: its samples, its PNG file, and its code with its share of the frame, in bytes.</summary>
    public void Add(long raw, long png, double code)
    {
        Images++;
        _raw += raw;
        _png += png;
        _codes += code;
    }

    /// <summary>Writes the averages, for people.</summary>
    public void Write(Results results)
    {
        if (Images == 0)
            return;
        results.Line($"{Images} images were received and decoded. Bytes an image, on average:");
        results.Line($"  raw pixels              {Texts.Decimal(_raw / Images)}");
        results.Line($"  the same as PNG         {Texts.Decimal(_png / Images)}");
        results.Line($"  codes, in their frames  {Texts.Decimal(_codes / Images)}, {Texts.Decimal(_raw / _codes)} times smaller than raw");
    }
}
