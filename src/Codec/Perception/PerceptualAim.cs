using Codec.Images;

namespace Codec.Perception;

/// <summary>
/// What an encoder aims at instead of the image itself, so that what a decoder shows scores better by SSIMULACRA 2. Each look at a decoded
/// image moves the aim along the gradient of its score. Near the least squared error, a small move of the decoded image changes the squared
/// error in proportion to its square, but the score in proportion to its length.
/// </summary>
/// <remarks>One instance for each image; not thread-safe.</remarks>
internal sealed class PerceptualAim
{
    /// <summary>The smallest side of an image that can be judged.</summary>
    public const int MinSide = Ssimulacra2Score.MinSide;

    private const int Channels = 3;

    // The length of the first move, in root mean squares of the decoded image's error; and what later moves are multiplied by. Moves three
    // times as long overshoot.
    private const double FirstMove = 0.05;
    private const double Decay = 0.8;

    // Large images are judged in tiles, so that memory does not grow with them; a tile's margin, which the maps' Gaussian reaches at the
    // coarser scales, is judged with it but not moved by it.
    private const int TileSide = 512;
    private const int Margin = 32;

    private readonly byte[] _original;
    private readonly ImageSize _size;
    private readonly float[] _axes;
    private readonly bool _isGrey;
    private readonly float[] _moves;

    // Of an image of one tile, which every look needs.
    private readonly OriginalChannel[][]? _prepared;
    private double _length = FirstMove;

    /// <summary>Creates an aim that is the image.</summary>
    /// <param name="original">[height, width, 3]; copied.</param>
    /// <param name="size">The image's size; both sides are <see cref="MinSide"/> or more.</param>
    /// <param name="colours">
    /// [planes, 3]: what one unit of each of the model's planes adds to a pixel, in any unit. A move goes along these, so that planes that
    /// the model quantizes alike move alike.
    /// </param>
    public PerceptualAim(ReadOnlySpan<byte> original, ImageSize size, ReadOnlySpan<float> colours)
    {
        (_original, _size, Samples) = (original.ToArray(), size, original.ToArray());
        _moves = new float[original.Length];
        _axes = new float[Channels * Channels];
        for (int i = 0; i < _axes.Length; i++)
        {
            for (int plane = 0; plane < colours.Length; plane += Channels)
                _axes[i] += colours[plane + i / Channels] * colours[plane + i % Channels];
        }

        _isGrey = true;
        for (int i = 0; i < original.Length && _isGrey; i += Channels)
            _isGrey = original[i] == original[i + 1] && original[i] == original[i + 2];
        if (Math.Max(size.Width, size.Height) <= TileSide)
            _prepared = Ssimulacra2Score.Prepare(new Raster(size.Width, size.Height, Channels, _original));
    }

    /// <summary>[height, width, 3]: what to encode next.</summary>
    public byte[] Samples { get; }

    /// <summary>Judges a decoded image.</summary>
    /// <param name="decoded">[height, width, 3].</param>
    /// <returns>Its score; of a large image, the mean of its tiles' scores.</returns>
    public double Judge(ReadOnlySpan<byte> decoded) => Visit(decoded, move: false);

    /// <summary>Judges a decoded image, and moves the aim.</summary>
    /// <inheritdoc cref="Judge"/>
    public double Look(ReadOnlySpan<byte> decoded)
    {
        double score = Visit(decoded, move: true);
        _length *= Decay;
        return score;
    }

    private double Visit(ReadOnlySpan<byte> decoded, bool move)
    {
        double sum = 0;
        for (int top = 0; top < _size.Height; top += TileSide)
        {
            for (int left = 0; left < _size.Width; left += TileSide)
            {
                var tile = Tile.At(left, top, _size);
                double score = Visit(tile, decoded, move);
                sum += score * tile.Width * tile.Height;
            }
        }

        return sum / _size.Pixels;
    }

    private double Visit(Tile tile, ReadOnlySpan<byte> decoded, bool move)
    {
        Raster expected = tile.Cut(_original, _size.Width);
        Raster shown = tile.Cut(decoded, _size.Width);
        if (!move)
            return Ssimulacra2Score.Compare(expected, shown);
        int pixels = expected.Width * expected.Height;
        var actual = new float[expected.Samples.Length];
        var gradient = new float[actual.Length];
        double error = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            actual[i % Channels * pixels + i / Channels] = shown.Samples[i];
            double missing = expected.Samples[i] - shown.Samples[i];
            error += missing * missing;
        }

        double score = Ssimulacra2Score.Differentiate(
            _prepared ?? Ssimulacra2Score.Prepare(expected),
            actual,
            expected.Width,
            expected.Height,
            gradient
        );
        float[] turned = Turn(gradient);
        double square = 0;
        foreach (float slope in turned)
            square += (double)slope * slope;
        if (square > 0)
            Move(tile, turned, (float)(_length * Math.Sqrt(error / square)));
        return score;
    }

    /// <summary>
    /// [height, width, 3]: a gradient along the model's colours; of a grey image, along grey alone, so that it stays grey.
    /// </summary>
    private float[] Turn(float[] gradient)
    {
        int pixels = gradient.Length / Channels;
        var turned = new float[gradient.Length];
        for (int i = 0; i < pixels; i++)
        {
            float red = gradient[i],
                green = gradient[pixels + i],
                blue = gradient[2 * pixels + i];
            for (int c = 0; c < Channels; c++)
            {
                turned[Channels * i + c] = _isGrey
                    ? (red + green + blue) / Channels
                    : _axes[c * Channels] * red + _axes[c * Channels + 1] * green + _axes[c * Channels + 2] * blue;
            }
        }

        return turned;
    }

    private void Move(Tile tile, float[] direction, float factor)
    {
        for (int y = tile.Top; y < tile.Top + tile.Height; y++)
        {
            int from = ((y - tile.OuterTop) * tile.OuterWidth + tile.Left - tile.OuterLeft) * Channels,
                to = (y * _size.Width + tile.Left) * Channels;
            for (int i = 0; i < tile.Width * Channels; i++)
            {
                _moves[to + i] += factor * direction[from + i];
                Samples[to + i] = (byte)Math.Clamp(MathF.Round(_original[to + i] + _moves[to + i]), byte.MinValue, byte.MaxValue);
            }
        }
    }

    /// <summary>A part of the image, and the larger part that it is judged in.</summary>
    private readonly record struct Tile(
        int Left,
        int Top,
        int Width,
        int Height,
        int OuterLeft,
        int OuterTop,
        int OuterWidth,
        int OuterHeight
    )
    {
        public static Tile At(int left, int top, ImageSize size)
        {
            (int width, int outerLeft, int outerWidth) = Along(left, size.Width);
            (int height, int outerTop, int outerHeight) = Along(top, size.Height);
            return new Tile(left, top, width, height, outerLeft, outerTop, outerWidth, outerHeight);

            static (int Length, int OuterFirst, int OuterLength) Along(int first, int all)
            {
                int length = Math.Min(TileSide, all - first),
                    outer = Math.Max(0, first - Margin);
                return (length, outer, Math.Min(all, first + length + Margin) - outer);
            }
        }

        public Raster Cut(ReadOnlySpan<byte> image, int imageWidth)
        {
            int line = OuterWidth * Channels;
            var samples = new byte[OuterHeight * line];
            for (int y = 0; y < OuterHeight; y++)
                image.Slice(((OuterTop + y) * imageWidth + OuterLeft) * Channels, line).CopyTo(samples.AsSpan(y * line));
            return new Raster(OuterWidth, OuterHeight, Channels, samples);
        }
    }
}
