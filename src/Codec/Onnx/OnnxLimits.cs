using Codec.Models;

namespace Codec.Onnx;

/// <summary>Bounds on a graph; checked before what they bound is allocated.</summary>
internal static class OnnxLimits
{
    /// <summary>Bytes of everything but raw tensor data: a node takes about 100. Objects made from it stay below 32 MiB.</summary>
    public const int MaxStructureBytes = 1 << 18;

    /// <summary>Nodes of a graph: the deepest published decoders have a few hundred.</summary>
    public const int MaxNodes = 1024;

    /// <summary>Elements of all initializers together: 512 MiB where int8 weights unfold to floats.</summary>
    public const long MaxWeights = 1L << 27;

    /// <summary>Floats of all values of one image and its largest workspace together: 1 GiB.</summary>
    public const long MaxElements = 1L << 28;

    /// <summary>Multiply-adds of one image, about 10 s on one core; a hyperprior decoder takes 2^36 for a megapixel.</summary>
    public const long MaxMultiplyAdds = 1L << 37;

    /// <summary>Dimensions of a tensor: ONNX Runtime's kernels take at least this many.</summary>
    public const int MaxRank = 8;

    /// <summary>Kernel sizes, strides, dilations, pads and block sizes: no larger than an image's side.</summary>
    public const int MaxReach = ModelLimits.MaxSide;

    /// <summary>Floats that one run may hold at a time, which decides how many images it takes: 256 MiB.</summary>
    public const long MaxElementsPerRun = 1L << 26;
}
