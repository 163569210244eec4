using Codec.Models;

namespace Codec.Onnx;

/// <summary>Bounds on a graph, checked before allocation.</summary>
internal static class OnnxLimits
{
    /// <summary>Bytes other than raw tensor data: a node takes about 100. The parsed objects stay below 32 MiB.</summary>
    public const int MaxStructureBytes = 1 << 18;

    /// <summary>Number of nodes of a graph: the deepest published decoders have a few hundred.</summary>
    public const int MaxNodes = 1024;

    /// <summary>Elements of all initializers together: 512 MiB once int8 weights are dequantized to floats.</summary>
    public const long MaxWeights = 1L << 27;

    /// <summary>Floats of all values of one image and its largest workspace together: 1 GiB.</summary>
    public const long MaxElements = 1L << 28;

    /// <summary>Multiply-adds of one image, about 10 s on one core; a hyperprior decoder takes 2^36 for a megapixel.</summary>
    public const long MaxMultiplyAdds = 1L << 37;

    /// <summary>Dimensions of a tensor: every kernel of ONNX Runtime supports this many.</summary>
    public const int MaxRank = 8;

    /// <summary>Kernel sizes, strides, dilations, pads and block sizes: no larger than an image's side.</summary>
    public const int MaxReach = ModelLimits.MaxSide;

    /// <summary>Floats that one run may hold: 256 MiB. It bounds the number of images in a run.</summary>
    public const long MaxElementsPerRun = 1L << 26;
}
