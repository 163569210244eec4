namespace Codec.Transforms.Programs;

/// <summary>Where a buffer's floats lie while a program runs.</summary>
internal enum BufferPlace
{
    /// <summary>The caller's input.</summary>
    Input,

    /// <summary>The caller's output.</summary>
    Output,

    /// <summary>Scratch of the call.</summary>
    Scratch,

    /// <summary>The program itself: the same for every image.</summary>
    Constant,
}

/// <summary>Floats that a program's steps read or write: images one after the other, <see cref="Length"/> floats each.</summary>
internal sealed class ProgramBuffer
{
    private readonly float[] _constants = [];

    /// <summary>A buffer of the caller's, or scratch.</summary>
    /// <param name="place">Anything but <see cref="BufferPlace.Constant"/>.</param>
    /// <param name="length">Floats of one image.</param>
    public ProgramBuffer(BufferPlace place, int length) => (Place, Length) = (place, length);

    /// <summary>A buffer of constants.</summary>
    public ProgramBuffer(float[] constants)
        : this(BufferPlace.Constant, constants.Length) => _constants = constants;

    /// <summary>Where the floats lie. Scratch may become the output while the program is read.</summary>
    public BufferPlace Place { get; set; }

    /// <summary>Floats of one image, or of the constants.</summary>
    public int Length { get; }

    /// <summary>Floats of one image in the scratch buffers before this one.</summary>
    public int Offset { get; set; }

    /// <summary>Floats from an image to the next.</summary>
    public int BatchStride => Place == BufferPlace.Constant ? 0 : Length;

    /// <summary>The constants.</summary>
    public ReadOnlySpan<float> Constants => _constants;
}

/// <summary>The floats of a program's buffers during one pass.</summary>
/// <param name="batch">Images of the pass.</param>
/// <param name="input">[batch, length of an input].</param>
/// <param name="output">[batch, length of an output].</param>
/// <param name="scratch">The scratch buffers, one after the other, each [batch, its length].</param>
internal readonly ref struct ProgramMemory(int batch, ReadOnlySpan<float> input, Span<float> output, Span<float> scratch)
{
    private readonly ReadOnlySpan<float> _input = input;
    private readonly Span<float> _output = output;
    private readonly Span<float> _scratch = scratch;

    /// <summary>Images of the pass.</summary>
    public int Batch { get; } = batch;

    /// <summary>A buffer's floats, to be read.</summary>
    public ReadOnlySpan<float> Read(ProgramBuffer buffer) =>
        buffer.Place switch
        {
            BufferPlace.Input => _input,
            BufferPlace.Constant => buffer.Constants,
            _ => Write(buffer),
        };

    /// <summary>A buffer's floats, to be written.</summary>
    public Span<float> Write(ProgramBuffer buffer) =>
        buffer.Place == BufferPlace.Output ? _output : _scratch.Slice(buffer.Offset * Batch, buffer.Length * Batch);
}
