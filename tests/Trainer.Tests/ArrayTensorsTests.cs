using Codec.Trainer.Tensors;
using TorchSharp;

namespace Trainer.Tests;

public sealed class ArrayTensorsTests
{
    [Fact]
    public void ToTensor_ChangedInPlace_LeavesTheArrayAsItWas()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] values = [1, 2, 3, 4, 5, 6];

        torch.Tensor tensor = values.ToTensor(2, 3).add_(1);

        Assert.Equal([2L, 3L], tensor.shape);
        Assert.Equal([2f, 3, 4, 5, 6, 7], tensor.data<float>().ToArray());
        Assert.Equal([1f, 2, 3, 4, 5, 6], values);
    }
}
