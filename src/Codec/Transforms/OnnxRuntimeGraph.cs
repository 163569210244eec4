using Codec.Errors;
using Codec.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Codec.Transforms;

/// <summary>Runs a checked graph through ONNX Runtime. Safe for use by many threads at once, until disposed.</summary>
/// <remarks>
/// A call runs on its caller's thread, so that its floats do not depend on the size of a thread pool; callers gain speed by batches and by
/// concurrent calls. The session is opened by the first call or by <see cref="Open"/>. ONNX Runtime crashes when a session is freed during
/// a run, so the session is reference-counted: the owner and each running call hold a reference.
/// </remarks>
internal sealed class OnnxRuntimeGraph : IRunnableGraph
{
    private readonly OnnxGraph _graph;
    private readonly Lazy<InferenceSession> _session;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly int _maxBatch;
    private int _holders = 1;
    private int _disposed;

    public OnnxRuntimeGraph(OnnxGraph graph)
    {
        _graph = graph;
        _session = new Lazy<InferenceSession>(CreateSession);
        (_inputNames, _outputNames) = ([graph.Signature.Input], [graph.Signature.Output]);
        _maxBatch = (int)Math.Clamp(OnnxLimits.MaxElementsPerRun / Math.Max(graph.Elements, 1), 1, 1024);
    }

    /// <summary>Opens the session now rather than at the first run.</summary>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the graph.</exception>
    /// <exception cref="RuntimeUnavailableException">ONNX Runtime's native library cannot be loaded here.</exception>
    /// <exception cref="ObjectDisposedException">The graph was disposed.</exception>
    public void Open()
    {
        Enter();
        try
        {
            _ = _session.Value;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int batch, Span<float> output)
    {
        _graph.Signature.CheckLengths(input.Length, batch, output.Length);
        int inputLength = _graph.Signature.InputLength,
            outputLength = _graph.Signature.OutputLength;
        Enter();
        try
        {
            for (int done = 0; done < batch; done += _maxBatch)
            {
                int count = Math.Min(_maxBatch, batch - done);
                RunOnce(
                    input.Slice(done * inputLength, count * inputLength),
                    count,
                    output.Slice(done * outputLength, count * outputLength)
                );
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Refuses further calls; running calls finish normally.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Leave();
    }

    private void Enter()
    {
        int holders;
        do
        {
            holders = Volatile.Read(ref _holders);
            ObjectDisposedException.ThrowIf(holders == 0 || Volatile.Read(ref _disposed) != 0, this);
        } while (Interlocked.CompareExchange(ref _holders, holders + 1, holders) != holders);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _holders) == 0 && _session.IsValueCreated)
            _session.Value.Dispose();
    }

    private unsafe void RunOnce(ReadOnlySpan<float> input, int batch, Span<float> output)
    {
        InferenceSession session = _session.Value;
        fixed (
            float* inputStart = input,
                outputStart = output
        )
        {
            // The output has a fixed shape: ONNX Runtime writes into the caller's memory, and fails if the graph's shape differs.
            using OrtValue taken = Wrap(inputStart, input.Length, batch, _graph.Signature.InputShape);
            using OrtValue given = Wrap(outputStart, output.Length, batch, _graph.Signature.OutputShape);
            using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            try
            {
                session.Run(options, _inputNames, [taken], _outputNames, [given]);
            }
            catch (OnnxRuntimeException exception)
            {
                throw new InvalidModelException(_graph.Role, $"the graph fails when run: {exception.Message}", exception);
            }
        }
    }

    private static unsafe OrtValue Wrap(float* start, int length, int batch, int[] shape) =>
        OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance,
            TensorElementType.Float,
            [batch, .. shape.Select(side => (long)side)],
            (nint)start,
            (long)length * sizeof(float)
        );

    private InferenceSession CreateSession()
    {
        try
        {
            RuntimeTelemetry.EnsureOff();
            using SessionOptions options = CreateOptions();
            return new InferenceSession(_graph.Blob.ToArray(), options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidModelException(_graph.Role, $"ONNX Runtime refuses the graph: {exception.Message}", exception);
        }
        // ONNX Runtime's type initializers load the native library; after one failure every later use throws the same again.
        catch (Exception exception)
            when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException
            )
        {
            throw new RuntimeUnavailableException(_graph.Role, exception);
        }
    }

    private static SessionOptions CreateOptions()
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            // Exceptions carry the message; a hostile graph must not write to the host's console.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            // Batch sizes vary: an arena would never release the memory of the largest, and a memory pattern would be kept for each size.
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
        };
        // Dequantize int8 weights once, at load: not in every run, and not with integer kernels, which round differently.
        options.AddSessionConfigEntry("session.disable_quant_qdq", "1");
        return options;
    }
}
