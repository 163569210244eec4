using Codec.Server;
using Codec.Server.Limits;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Limits;

public sealed class ImageMemoryTests
{
    private const int Room = 1 << 20;

    private readonly ImageMemory _memory = new(Room, TimeSpan.Zero, TimeProvider.System);

    [Fact]
    public async Task EnterAsync_NoRoom_IsRefusedWithARetryTimeOrWaits()
    {
        IDisposable half = await EnterAsync(Room / 2, wait: false);
        IDisposable most = await EnterAsync(Room / 2 - 5000, wait: false);

        RequestException refusal = await Runs.RefusesAsync(RequestError.ResourceExhausted, () => EnterAsync(Room / 2, wait: false));
        Assert.NotNull(refusal.RetryAfter);
        Task<IDisposable> waiting = EnterAsync(Room / 2, wait: true);
        Assert.False(waiting.IsCompleted);

        half.Dispose();
        using IDisposable third = await waiting;
        most.Dispose();
    }

    [Theory]
    [InlineData(Room + 1)]
    [InlineData(long.MaxValue / 2)]
    public async Task EnterAsync_MoreThanThereIsRoomFor_PassesAlone(long bytes)
    {
        using (await EnterAsync(bytes, wait: false))
        {
            await Runs.RefusesAsync(RequestError.ResourceExhausted, () => EnterAsync(Room / 4, wait: false));
        }

        using IDisposable next = await EnterAsync(Room / 4, wait: false);
    }

    [Fact]
    public async Task EnterAsync_AnotherAfterOneThatWaits_WaitsForItsTurn()
    {
        IDisposable first = await EnterAsync(Room / 2, wait: false);
        Task<IDisposable> large = EnterAsync(Room, wait: true);
        Task<IDisposable> another = EnterAsync(Room / 4, wait: true);
        Assert.False(another.IsCompleted);

        first.Dispose();
        (await large).Dispose();
        (await another).Dispose();
    }

    [Fact]
    public async Task EnterAsync_SmallWhileLargeOnesHoldAllRoom_Passes()
    {
        using IDisposable all = await EnterAsync(Room, wait: false);
        for (int i = 0; i < 16; i++)
            await EnterAsync(Room / 64, wait: false);

        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => EnterAsync(Room / 64, wait: false));
    }

    private async Task<IDisposable> EnterAsync(long bytes, bool wait) =>
        await _memory.EnterAsync(Payer.Server, bytes, wait, TestContext.Current.CancellationToken);
}
