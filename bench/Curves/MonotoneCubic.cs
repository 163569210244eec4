namespace Codec.Bench.Curves;

/// <summary>The piecewise cubic through given points that never overshoots them (PCHIP: Fritsch and Butland 1984).</summary>
/// <remarks>The slopes are those of SciPy's <c>PchipInterpolator</c>, so that figures compare with those computed there.</remarks>
internal sealed class MonotoneCubic
{
    private readonly double[] _x;
    private readonly double[] _y;
    private readonly double[] _slopes;

    /// <summary>Fits the curve.</summary>
    /// <param name="x">Two places or more, strictly increasing.</param>
    /// <param name="y">The value at each.</param>
    /// <exception cref="ArgumentException">There are fewer than two points, they do not rise, or one has no value.</exception>
    public MonotoneCubic(double[] x, double[] y)
    {
        if (x.Length != y.Length || x.Length < 2)
        {
            throw new ArgumentException(
                $"A curve goes through two points or more, each with a value; here are {x.Length} places and {y.Length} values.",
                nameof(x)
            );
        }

        for (int i = 1; i < x.Length; i++)
        {
            if (!(x[i] > x[i - 1]))
                throw new ArgumentException($"The places of a curve's points must rise; {x[i]} follows {x[i - 1]}.", nameof(x));
        }

        (_x, _y, _slopes) = (x, y, Slopes(x, y));
    }

    /// <summary>Where the curve begins.</summary>
    public double First => _x[0];

    /// <summary>Where the curve ends.</summary>
    public double Last => _x[^1];

    /// <summary>The value at a place.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The place is outside the curve, which is not extrapolated.</exception>
    public double At(double x)
    {
        int i = PieceOf(x);
        (double c2, double c3) = Coefficients(i);
        double t = x - _x[i];
        return _y[i] + t * (_slopes[i] + t * (c2 + t * c3));
    }

    /// <summary>The exact integral from one place to another.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A place is outside the curve.</exception>
    public double Integral(double from, double to) => Antiderivative(to) - Antiderivative(from);

    private double Antiderivative(double x)
    {
        int last = PieceOf(x);
        double sum = 0;
        for (int i = 0; i <= last; i++)
        {
            (double c2, double c3) = Coefficients(i);
            double t = (i == last ? x : _x[i + 1]) - _x[i];
            sum += t * (_y[i] + t * (_slopes[i] / 2 + t * (c2 / 3 + t * c3 / 4)));
        }

        return sum;
    }

    private int PieceOf(double x)
    {
        if (!(x >= First && x <= Last))
            throw new ArgumentOutOfRangeException(nameof(x), x, $"The curve reaches from {First} to {Last}; it is not extrapolated.");
        int found = Array.BinarySearch(_x, x);
        return Math.Min(found >= 0 ? found : ~found - 1, _x.Length - 2);
    }

    private (double Second, double Third) Coefficients(int i)
    {
        double h = _x[i + 1] - _x[i],
            secant = (_y[i + 1] - _y[i]) / h;
        return ((3 * secant - 2 * _slopes[i] - _slopes[i + 1]) / h, (_slopes[i] + _slopes[i + 1] - 2 * secant) / (h * h));
    }

    private static double[] Slopes(double[] x, double[] y)
    {
        int pieces = x.Length - 1;
        double[] h = [.. Enumerable.Range(0, pieces).Select(i => x[i + 1] - x[i])];
        double[] secants = [.. Enumerable.Range(0, pieces).Select(i => (y[i + 1] - y[i]) / h[i])];
        var slopes = new double[x.Length];
        if (pieces == 1)
        {
            Array.Fill(slopes, secants[0]);
            return slopes;
        }

        // Inside: a weighted harmonic mean of the neighbours, flat where they turn.
        for (int i = 1; i < pieces; i++)
        {
            if (secants[i - 1] * secants[i] <= 0)
                continue;
            double w1 = 2 * h[i] + h[i - 1],
                w2 = h[i] + 2 * h[i - 1];
            slopes[i] = (w1 + w2) / (w1 / secants[i - 1] + w2 / secants[i]);
        }

        slopes[0] = End(h[0], h[1], secants[0], secants[1]);
        slopes[^1] = End(h[^1], h[^2], secants[^1], secants[^2]);
        return slopes;
    }

    // At an end: three points' parabola, kept from turning.
    private static double End(double h0, double h1, double secant0, double secant1)
    {
        double slope = ((2 * h0 + h1) * secant0 - h0 * secant1) / (h0 + h1);
        if (Math.Sign(slope) != Math.Sign(secant0))
            return 0;
        return Math.Sign(secant0) != Math.Sign(secant1) && Math.Abs(slope) > 3 * Math.Abs(secant0) ? 3 * secant0 : slope;
    }
}
