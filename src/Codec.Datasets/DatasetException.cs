namespace Codec.Datasets;

/// <summary>A data set is missing, damaged, cut short, or does not fit what was asked of it.</summary>
public sealed class DatasetException : Exception
{
    /// <summary>Says what is wrong and what to do.</summary>
    public DatasetException(string message)
        : base(message) { }

    /// <summary>Says what is wrong and what to do.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What was met while reading.</param>
    public DatasetException(string message, Exception innerException)
        : base(message, innerException) { }
}
