using Codec.Server.Limits;

namespace Codec.Server.Coding;

/// <summary>What an image or a frame takes while it is in work; returned in reverse order.</summary>
internal sealed class Admission : IDisposable
{
    /// <summary>A place in the streams' part of the queue; null for a unary call.</summary>
    public IDisposable? Turn { get; set; }

    /// <summary>A place in the queue.</summary>
    public IDisposable? Place { get; set; }

    /// <summary>Room for the image.</summary>
    public FairBudget.Reservation? Room { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Room?.Dispose();
        Place?.Dispose();
        Turn?.Dispose();
    }
}
