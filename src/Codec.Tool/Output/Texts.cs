using System.Globalization;

namespace Codec.Tool.Output;

/// <summary>Values as text for people; the same on every machine.</summary>
internal static class Texts
{
    private const int BarLength = 40;

    /// <summary>A whole number with separators: 12,345.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number with two decimals.</summary>
    public static string Decimal(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>A share of a whole in percent.</summary>
    public static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    /// <summary>A ratio as a change: 1.25 is +25 %; nothing for none.</summary>
    public static string Change(double? ratio) => (ratio - 1)?.ToString("+0 %;-0 %;0 %", CultureInfo.InvariantCulture) ?? "";

    /// <summary>A time in UTC, to the second.</summary>
    public static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A bar whose length is a share of a whole; any share above 0 is visible.</summary>
    public static string Bar(double share) => new('█', share > 0 ? Math.Max(1, (int)Math.Round(share * BarLength)) : 0);

    /// <summary>The first digits of a digest, enough to tell versions of a model apart.</summary>
    public static string Short(string digest) => digest[..12];
}
