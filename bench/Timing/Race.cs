namespace Codec.Bench.Timing;

/// <summary>Ours and a peer by turns in one process, in processor time: work on one core, whatever else the machine does.</summary>
/// <param name="Ours">Ours, microseconds an image: the median of the rounds.</param>
/// <param name="Peer">The peer's.</param>
internal sealed record Race(double Ours, double Peer)
{
    private const int Rounds = 9;
    private const int WarmUps = 2;

    /// <summary>How many times faster than the peer ours is.</summary>
    public double TimesFaster => Peer / Ours;

    /// <summary>Runs it on the calling thread.</summary>
    /// <param name="images">Images that each of the two works through.</param>
    /// <param name="ours">Our work on all of them.</param>
    /// <param name="peer">The peer's.</param>
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
