namespace Codec.Bench.Timing;

/// <summary>
/// Times our codec and a peer alternately in one process. It measures processor time, which other load on the machine affects least.
/// </summary>
/// <param name="Ours">Our median over the rounds, in microseconds an image.</param>
/// <param name="Peer">The peer's median, in microseconds an image.</param>
internal sealed record Race(double Ours, double Peer)
{
    private const int Rounds = 9;
    private const int WarmUps = 2;

    /// <summary>The peer's time divided by ours: above 1, our codec is faster.</summary>
    public double TimesFaster => Peer / Ours;

    /// <summary>Runs the rounds on the calling thread.</summary>
    /// <param name="images">Number of images that each action processes.</param>
    /// <param name="ours">Our work on all images.</param>
    /// <param name="peer">The peer's work on all images.</param>
    public static Race Run(int images, Action ours, Action peer)
    {
        var times = (Ours: new List<double>(), Peer: new List<double>());
        for (int round = 0; round < WarmUps + Rounds; round++)
        {
            times.Ours.Add(Time(ours));
            times.Peer.Add(Time(peer));
        }

        return new Race(Median(times.Ours), Median(times.Peer));

        double Time(Action action)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime;
            action();
            return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / images;
        }

        static double Median(List<double> values) => values.Skip(WarmUps).Order().ElementAt(Rounds / 2);
    }
}
