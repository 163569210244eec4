using System.Globalization;

namespace Codec.Server.Stores.Embedded;

/// <summary>Reports each tenth of a copy, so that a log of a large one stays short.</summary>
/// <param name="total">Bytes of the whole copy.</param>
/// <param name="report">Receives the lines.</param>
internal sealed class CopyProgress(long total, Action<string> report)
{
    private long _copied;
    private long _tenths;

    /// <summary>Counts copied bytes.</summary>
    public void Add(long bytes)
    {
        _copied += bytes;
        long tenths = Math.Min(10, 10 * _copied / Math.Max(1, total));
        if (tenths > _tenths)
        {
            _tenths = tenths;
            report(string.Create(CultureInfo.InvariantCulture, $"{tenths * 10} % of {total / 1e6:0.0} MB"));
        }
    }
}
