namespace Codec.Schemes.Grid;

/// <summary>
/// Deals an image's slices out to threads. A thread goes on with the slice after its last as long as no other has taken it; otherwise it
/// begins a new run.
/// </summary>
/// <param name="count">How many slices there are.</param>
internal sealed class SliceQueue(int count)
{
    private readonly Lock _lock = new();
    private readonly bool[] _taken = new bool[count];

    /// <summary>
    /// Takes the slice at which a new run begins: the middle of the longest run that is not taken, because the thread before that run goes
    /// on into it.
    /// </summary>
    /// <param name="slice">The slice.</param>
    /// <returns>False if none is left.</returns>
    public bool TryBegin(out int slice)
    {
        lock (_lock)
        {
            int longest = 0;
            slice = 0;
            for (int from = 0, to; from < count; from = to + 1)
            {
                for (to = from; to < count && !_taken[to]; )
                    to++;
                // No thread goes on into a run at the first slice, so it is taken from its beginning.
                if (to - from > longest)
                    (longest, slice) = (to - from, from == 0 ? 0 : from + (to - from) / 2);
            }

            return longest > 0 && (_taken[slice] = true);
        }
    }

    /// <summary>Takes a slice, unless another thread has.</summary>
    public bool TryTake(int slice)
    {
        lock (_lock)
            return !_taken[slice] && (_taken[slice] = true);
    }

    /// <summary>Takes all that are left, so that other threads end after the slices that they have.</summary>
    public void Stop()
    {
        lock (_lock)
            _taken.AsSpan().Fill(true);
    }
}
