using Codec.Models;
using Codec.Onnx;

namespace Codec.Tool.Offline;

/// <summary>Finds models without a server: those that come with the program, and files that the user names. Loads each once.</summary>
internal sealed class LocalModels : IDisposable
{
    private const string Extension = ".codec";
    private readonly List<CodecModel> _loaded = [];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>The names of the models that come with the program, sorted.</summary>
    public static IReadOnlyList<string> Shipped =>
        [
            .. Directory
                .EnumerateFiles(Folder, "*" + Extension)
                .Select(path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Loads a model.</summary>
    /// <param name="name">A shipped model's name, or a model file.</param>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public CodecModel Load(string name)
    {
        string path = name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? name : Path.Combine(Folder, name + Extension);
        if (path != name && !Shipped.Contains(name))
        {
            throw new ArgumentException(
                $"There is no shipped model '{name}'; there are {string.Join(", ", Shipped)}. The name of a model's file ends with "
                    + $"{Extension}; codec models pull writes one."
            );
        }

        CodecModel model = CodecModel.Load(ModelPackage.Load(InputFile.Require(path)), OnnxNetworkRuntime.Instance);
        _loaded.Add(model);
        return model;
    }

    /// <summary>Finds a version among the models that were loaded and those that ship; null if it is none of them.</summary>
    public CodecModel? Find(Digest version)
    {
        if (_loaded.Find(model => model.Version == version) is { } found)
            return found;
        foreach (string name in Shipped.Except(_loaded.Select(model => model.Manifest.Name)))
        {
            if (Load(name) is var model && model.Version == version)
                return model;
        }

        return null;
    }

    public void Dispose() => _loaded.ForEach(model => model.Dispose());
}
