using System.Runtime.InteropServices;
using Codec.Errors;
using Codec.Networks;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Codec.Onnx;

/// <summary>A network in a session of ONNX Runtime. Safe for use by many threads at once, until disposed.</summary>
/// <remarks>
/// A call runs on its caller's thread, so that its floats do not depend on the size of a thread pool; callers gain speed by batches and by
/// concurrent calls. ONNX Runtime crashes when a session is freed during a run, so the session is reference-counted: the owner and each
/// running call hold a reference.
/// </remarks>
internal sealed class OnnxNetwork : INetwork
{
    private readonly string _role;
    private readonly InferenceSession _session;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly long[] _inputShape;
    private readonly long[] _outputShape;
    private int _holders = 1;
    private int _disposed;

    public OnnxNetwork(NetworkGraph graph)
    {
        _role = graph.Role;
        (_inputNames, _outputNames) = ([graph.Input], [graph.Output]);
        _inputShape = [.. graph.InputShape.Select(side => (long)side)];
        _outputShape = [.. graph.OutputShape.Select(side => (long)side)];
        _session = Open(graph);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int batch, Span<float> output)
    {
        Enter();
        try
        {
            RunSession(input, batch, output);
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
        if (Interlocked.Decrement(ref _holders) == 0)
            _session.Dispose();
    }

    private unsafe void RunSession(ReadOnlySpan<float> input, int batch, Span<float> output)
    {
        fixed (
            float* inputStart = input,
                outputStart = output
        )
        {
            // The output has a fixed shape: ONNX Runtime writes into the caller's memory, and fails if the graph's shape differs.
            using OrtValue taken = Wrap(inputStart, input.Length, batch, _inputShape);
            using OrtValue given = Wrap(outputStart, output.Length, batch, _outputShape);
            using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            try
            {
                _session.Run(options, _inputNames, [taken], _outputNames, [given]);
            }
            catch (OnnxRuntimeException exception)
            {
                throw new InvalidModelException(_role, $"the graph fails when run: {exception.Message}", exception);
            }
        }
    }

    private static unsafe OrtValue Wrap(float* start, int length, int batch, long[] shape)
    {
        if (length != shape.Aggregate((long)batch, (product, side) => product * side))
            throw new ArgumentException($"{length} floats are not {batch} × [{string.Join(", ", shape)}].");
        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance,
            TensorElementType.Float,
            [batch, .. shape],
            (nint)start,
            (long)length * sizeof(float)
        );
    }

    private static InferenceSession Open(NetworkGraph graph)
    {
        try
        {
            RuntimeTelemetry.EnsureOff();
            using SessionOptions options = CreateOptions();
            return new InferenceSession(graph.Onnx.ToArray(), options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidModelException(graph.Role, $"ONNX Runtime refuses the graph: {exception.Message}", exception);
        }
        // ONNX Runtime's type initializers load the native library; after one failure every later use throws the same again.
        catch (Exception exception)
            when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException
            )
        {
            throw new RuntimeUnavailableException(
                graph.Role,
                $"ONNX Runtime's native library cannot be loaded on {RuntimeInformation.RuntimeIdentifier}. Run this on a platform that the package "
                    + "Microsoft.ML.OnnxRuntime has a library for (win-x64, win-arm64, linux-x64 or linux-arm64 with glibc, osx-arm64), or put one for this "
                    + "platform into the program's folder.",
                exception
            );
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
