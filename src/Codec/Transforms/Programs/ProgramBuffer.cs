namespace Codec.Transforms.Programs;

/// <summary>The place of a buffer's floats during a run.</summary>
internal enum BufferPlace
{
    /// <summary>The caller's input.</summary>
    Input,

    /// <summary>The caller's output.</summary>
    Output,

    /// <summary>The call's scratch.</summary>
    Scratch,

    /// <summary>The program's constants, the same for every image.</summary>
    Constant,
}

/// <summary>A buffer that a program's steps read or write: [batch, <see cref="Length"/>] floats.</summary>
internal sealed class ProgramBuffer
{
    private readonly float[] _constants = [];

    /// <summary>Creates a buffer in the caller's memory or in scratch.</summary>
    /// <param name="place">Anything but <see cref="BufferPlace.Constant"/>.</param>
    /// <param name="length">Number of floats of one image.</param>
    public ProgramBuffer(BufferPlace place, int length) => (Place, Length) = (place, length);

    /// <summary>Creates a buffer of constants.</summary>
    public ProgramBuffer(float[] constants)
        : this(BufferPlace.Constant, constants.Length) => _constants = constants;

    /// <summary>The place of the floats. <see cref="ProgramReader"/> turns the last scratch buffer into the output.</summary>
    public BufferPlace Place { get; set; }

    /// <summary>Number of floats of one image, or of the constants.</summary>
    public int Length { get; }

    /// <summary>Number of floats of one image in all earlier scratch buffers.</summary>
    public int Offset { get; set; }

    /// <summary>Floats from one image to the next; 0 for constants.</summary>
    public int BatchStride => Place == BufferPlace.Constant ? 0 : Length;

    /// <summary>The constants.</summary>
    public ReadOnlySpan<float> Constants => _constants;
}

/// <summary>The floats of a program's buffers during one pass.</summary>
/// <param name="batch">Number of images in the pass.</param>
/// <param name="input">[batch, length of an input].</param>
/// <param name="output">[batch, length of an output].</param>
/// <param name="scratch">The scratch buffers, one after the other, each [batch, its length].</param>
internal readonly ref struct ProgramMemory(int batch, ReadOnlySpan<float> input, Span<float> output, Span<float> scratch)
{
    private readonly ReadOnlySpan<float> _input = input;
    private readonly Span<float> _output = output;
    private readonly Span<float> _scratch = scratch;

    /// <summary>Number of images in the pass.</summary>
    public int Batch { get; } = batch;

    /// <summary>The floats of a buffer, for reading.</summary>
    public ReadOnlySpan<float> Read(ProgramBuffer buffer) =>
        buffer.Place switch
        {
            BufferPlace.Input => _input,
            BufferPlace.Constant => buffer.Constants,
            _ => Write(buffer),
        };

    /// <summary>The floats of a buffer, for writing.</summary>
    public Span<float> Write(ProgramBuffer buffer) =>
        buffer.Place == BufferPlace.Output ? _output : _scratch.Slice(buffer.Offset * Batch, buffer.Length * Batch);
}
