using Codec.Errors;
using Codec.Images;
using Codec.Trainer.Import;
using Codec.Trainer.Import.Exported;
using Codec.Trainer.Import.Layers;
using Google.Protobuf;

namespace Trainer.Tests.Import;

/// <summary>What an import refuses: each part by its node and the reason, before anything of its size is allocated.</summary>
public sealed class ImportRefusalTests
{
    private const long MaxAllocation = 32 << 20;

    /// <summary>Constants whose results would be huge.</summary>
    private static readonly Dictionary<string, Func<ExportBuilder, string>> Bombs = new()
    {
        ["ConstantOfShape"] = file => file.Add("ConstantOfShape", [file.Integers(1 << 20, 1 << 20)]),
        ["Expand"] = file => file.Add("Expand", [file.Float(1), file.Integers(1 << 30, 1 << 30)]),
        ["Range"] = file => file.Add("Range", [file.Integer(0), file.Integer(long.MaxValue), file.Integer(1)]),
        ["Tile"] = file => file.Add("Tile", [file.Floats([1], 1), file.Integers(1L << 40)]),
        ["Gather"] = file =>
            file.Add("Gather", [file.Floats(new float[1 << 14], 1 << 14), file.Add("Concat", Repeat(file, 1 << 13), ("axis", 0))]),
        ["Add"] = file => file.Add("Add", [file.Floats(new float[1 << 14], 1 << 14, 1), file.Floats(new float[1 << 14], 1, 1 << 14)]),
    };

    public static TheoryData<string> BombNames => [.. Bombs.Keys];

    [Theory]
    [MemberData(nameof(BombNames))]
    public void Run_HugeConstant_IsRefusedWithoutComputingIt(string name)
    {
        var file = new ExportBuilder("pytorch", 17, 3, 8, 8);
        byte[] bytes = file.Build(file.Add("Add", ["input", Bombs[name](file)]));
        ExportedFile parsed = ExportedFile.Parse(bytes, "encoder");
        long before = GC.GetAllocatedBytesForCurrentThread();

        var exception = Assert.Throws<InvalidModelException>(() => GraphImport.Run(parsed, [3, 8, 8]));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocation);
        Assert.Equal("encoder", exception.Field);
        Assert.Contains($"{name} '/{name}_", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SeveralRefusedParts_AllAreNamed()
    {
        var file = new ExportBuilder("pytorch", 17, 3, 8, 8);
        string first = file.Add("Round", ["input"]);
        string second = file.Add("MaxPool", ["input"], ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 4, 4, 4, 4 }));
        byte[] bytes = file.Build(file.Add("Add", [first, second]));

        var exception = Assert.Throws<InvalidModelException>(() => GraphImport.Run(ExportedFile.Parse(bytes, "encoder"), [3, 8, 8]));

        Assert.Contains("2 parts", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Round '/Round_0': this operator is not allowed", exception.Message, StringComparison.Ordinal);
        Assert.Contains("MaxPool '/MaxPool_1': pads of 4 and 4 must be below", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ReshapeThatMixesImages_IsRefused()
    {
        var file = new ExportBuilder("pytorch", 17, 3, 8, 8);
        byte[] bytes = file.Build(file.Add("Reshape", ["input", file.Integers(-1, 64)]));

        var exception = Assert.Throws<InvalidModelException>(() => GraphImport.Run(ExportedFile.Parse(bytes, "encoder"), [3, 8, 8]));

        Assert.Contains("would mix images of a batch", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SeveralOutputs_TheChosenOneIsTaken()
    {
        var file = new ExportBuilder("pytorch", 17, 3, 8, 8);
        string mean = file.Add("Relu", ["input"]);
        // A part that the chosen output does not need may be anything.
        string deviation = file.Add("Round", [mean]);
        file.Build(mean);
        ExportedFile parsed = ExportedFile.Parse(file.Build(deviation), "encoder");

        Assert.Contains(
            "--latents",
            Assert.Throws<InvalidModelException>(() => GraphImport.Run(parsed, [3, 8, 8])).Message,
            StringComparison.Ordinal
        );
        Assert.Equal([3, 8, 8], GraphImport.Run(parsed, [3, 8, 8], mean).OutputShape);
    }

    [Fact]
    public void Parse_WeightsInAnotherFile_IsRefusedWithTheRemedy()
    {
        var file = new ExportBuilder("pytorch", 17, 3, 8, 8);
        string weights = file.Floats([1], 1);
        file.Graph.Initializer[0].DataLocation = 1;
        byte[] bytes = file.Build(file.Add("Mul", ["input", weights]));

        var exception = Assert.Throws<InvalidModelException>(() => GraphImport.Run(ExportedFile.Parse(bytes, "encoder"), [3, 8, 8]));

        Assert.Contains("external_data=False", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_OtherOperatorSet_IsRefusedWithTheRemedy()
    {
        var file = new ExportBuilder("tf2onnx", 9, 8, 8, 3);
        byte[] bytes = file.Build(file.Add("Relu", ["input"]));
        Assert.Contains(
            "opset=17",
            Assert.Throws<InvalidModelException>(() => ExportedFile.Parse(bytes, "encoder")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Parse_MillionsOfEmptyNodes_IsRefusedWithoutMakingThem()
    {
        var nodes = new byte[8 << 20];
        for (int index = 0; index < nodes.Length; index += 2)
            nodes[index] = ExportedGraphProto.NodeFieldNumber << 3 | 2;
        using var stream = new MemoryStream();
        using (var writer = new CodedOutputStream(stream, leaveOpen: true))
        {
            writer.WriteTag(ExportedModel.GraphFieldNumber, WireFormat.WireType.LengthDelimited);
            writer.WriteBytes(ByteString.CopyFrom(nodes));
        }

        byte[] bytes = stream.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidModelException>(() => ExportedFile.Parse(bytes, "encoder"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocation);
    }

    [Fact]
    public void Parse_RandomBytes_OnlyEverRefuses()
    {
        var random = new Random(7);
        for (int round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Assert.Throws<InvalidModelException>(() => ExportedFile.Parse(bytes, "encoder"));
        }
    }

    [Theory]
    [InlineData(null, "[N, free, free, free]", null, null, null)]
    [InlineData("--layout", "[N, 3, 8, 3]", 3, 8, 3)]
    [InlineData("--size", "[N, 3, free, free]", 3, null, null)]
    [InlineData("1 to 1024", "[N, 3, 8, 4096]", 3, 8, 4096)]
    public void Of_InputThatIsNoImage_IsRefused(string? remedy, string shape, int? first, int? second, int? third)
    {
        var file = new ExportBuilder("pytorch", 17, first, second, third);
        ExportedFile parsed = ExportedFile.Parse(file.Build(file.Add("Relu", ["input"])), "encoder");

        var exception = Assert.Throws<InvalidModelException>(() => ImageShape.Of(parsed, layout: null, size: null));

        Assert.Contains(remedy ?? shape, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FreeSides_AreBoundToTheSize()
    {
        var file = new ExportBuilder("pytorch", 17, 3, null, null);
        ExportedFile parsed = ExportedFile.Parse(file.Build(file.Add("Relu", ["input"])), "encoder");
        Assert.Equal([3, 48, 64], ImageShape.Of(parsed, layout: null, new ImageSize(64, 48)).Sizes);
    }

    private static string[] Repeat(ExportBuilder file, int count)
    {
        string zeros = file.Integers(new long[1 << 4]);
        return [.. Enumerable.Repeat(zeros, count)];
    }
}
