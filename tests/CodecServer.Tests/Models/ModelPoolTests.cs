using Codec;
using Codec.Models;
using Codec.Server;
using Codec.Server.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Models;

/// <summary>The models have a network as their encoder, because a network reports a use after its disposal.</summary>
public sealed class ModelPoolTests
{
    private static readonly ModelPackage[] Packages =
    [
        .. Enumerable.Range(0, 3).Select(i => SmallModel.Create(note: $"{i}", networkEncoder: true)),
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AcquireAsync_ConcurrentCallers_ShareOneLoad()
    {
        using var pool = new ModelPool(2);
        var loading = new TaskCompletionSource<CodecModel>();
        int loads = 0;
        Task<ModelLease>[] waiting = [.. Enumerable.Range(0, 8).Select(_ => pool.AcquireAsync(Packages[0].Version, LoadAsync, Ct))];
        Assert.All(waiting, acquired => Assert.False(acquired.IsCompleted));

        loading.SetResult(CodecModel.Load(Packages[0]));

        ModelLease[] leases = await Task.WhenAll(waiting);
        Assert.Equal((1, 1), (loads, pool.Count));
        Assert.Single(leases.Select(lease => lease.Model).Distinct());

        Task<CodecModel> LoadAsync()
        {
            loads++;
            return loading.Task;
        }
    }

    [Fact]
    public async Task AcquireAsync_PoolIsFull_UnloadsTheLeastRecentlyUsedThatHasNoLease()
    {
        using var pool = new ModelPool(2);
        CodecModel[] models = [.. Packages.Select(CodecModel.Load)];
        using ModelLease held = await AcquireAsync(pool, models[0]);
        (await AcquireAsync(pool, models[1])).Dispose();

        (await AcquireAsync(pool, models[2])).Dispose();

        Assert.Equal(2, pool.Count);
        Assert.True(IsDisposed(models[1]));
        Assert.False(IsDisposed(models[0]));
        Assert.False(IsDisposed(models[2]));
    }

    [Fact]
    public async Task AcquireAsync_LeasesHoldEveryPlace_IsRefusedUntilTheLastOneEnds()
    {
        using var pool = new ModelPool(1);
        ModelLease lease = await AcquireAsync(pool, CodecModel.Load(Packages[0]));
        ModelLease shared = lease.Share();
        lease.Dispose();
        lease.Dispose();
        using var other = CodecModel.Load(Packages[1]);

        RequestException refusal = await Runs.RefusesAsync(RequestError.ResourceExhausted, () => AcquireAsync(pool, other));

        Assert.NotNull(refusal.RetryAfter);
        shared.Dispose();
        using ModelLease next = await AcquireAsync(pool, other);
        Assert.Same(other, next.Model);
    }

    [Fact]
    public async Task AcquireAsync_LoadFails_ReachesEveryCallerAndTheNextOneLoadsAgain()
    {
        using var pool = new ModelPool(1);
        var loading = new TaskCompletionSource<CodecModel>();
        Task<ModelLease>[] waiting =
        [
            .. Enumerable.Range(0, 3).Select(_ => pool.AcquireAsync(Packages[0].Version, () => loading.Task, Ct)),
        ];

        loading.SetException(new IOException("no disk"));

        foreach (Task<ModelLease> acquired in waiting)
            await Assert.ThrowsAsync<IOException>(() => acquired);

        Assert.Equal(0, pool.Count);
        using ModelLease lease = await AcquireAsync(pool, CodecModel.Load(Packages[0]));
        Assert.Equal(1, pool.Count);
    }

    [Fact]
    public async Task AcquireAsync_CallerCancelsAndTheLoadFailsLater_IsNotTheNextCallersFailure()
    {
        using var pool = new ModelPool(1);
        var loading = new TaskCompletionSource<CodecModel>();
        await GiveUpAsync(pool, Packages[0].Version, loading.Task);

        loading.SetException(new IOException("no disk"));

        using ModelLease lease = await AcquireAsync(pool, CodecModel.Load(Packages[0]));
        Assert.Equal(1, pool.Count);
    }

    [Fact]
    public async Task AcquireAsync_CallerCancelsAndTheVersionIsUnloadedWhileItLoads_DisposesTheModelAfterwards()
    {
        using var pool = new ModelPool(1);
        var loading = new TaskCompletionSource<CodecModel>();
        await GiveUpAsync(pool, Packages[0].Version, loading.Task);
        using ModelLease other = await AcquireAsync(pool, CodecModel.Load(Packages[1]));
        var late = CodecModel.Load(Packages[0]);

        loading.SetResult(late);

        Assert.True(IsDisposed(late));
        Assert.False(IsDisposed(other.Model));
    }

    [Fact]
    public async Task Bar_VersionWithoutALease_UnloadsAndRefusesItUntilTheBarIsLifted()
    {
        using var pool = new ModelPool(1);
        var model = CodecModel.Load(Packages[0]);
        (await AcquireAsync(pool, model)).Dispose();
        using var again = CodecModel.Load(Packages[0]);

        using (pool.Bar(Packages[0].Version))
        {
            Assert.True(IsDisposed(model));
            Assert.Equal(0, pool.Count);
            await Runs.RefusesAsync(RequestError.NotFound, () => AcquireAsync(pool, again));
        }

        using ModelLease lease = await AcquireAsync(pool, again);
        await Runs.RefusesAsync(RequestError.FailedPrecondition, () => Task.FromResult(pool.Bar(Packages[0].Version)));
    }

    [Fact]
    public async Task AcquireAsync_ManyCallersOfMoreVersionsThanPlaces_NeverUseADisposedModel()
    {
        using var pool = new ModelPool(2);
        int refused = 0;
        await Parallel.ForAsync(
            0,
            60,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Ct },
            async (i, cancellationToken) =>
            {
                ModelPackage package = Packages[i % Packages.Length];
                try
                {
                    using ModelLease lease = await pool.AcquireAsync(
                        package.Version,
                        () => Task.Run(() => CodecModel.Load(package), CancellationToken.None),
                        cancellationToken
                    );
                    Assert.Equal(package.Version, lease.Model.Version);
                    Assert.False(IsDisposed(lease.Model));
                }
                catch (RequestException exception) when (exception.Error == RequestError.ResourceExhausted)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        );

        Assert.InRange(pool.Count, 1, 2);
        Assert.InRange(refused, 0, 59);
    }

    private static Task<ModelLease> AcquireAsync(ModelPool pool, CodecModel model) =>
        pool.AcquireAsync(model.Version, () => Task.FromResult(model), Ct);

    /// <summary>Begins to load a version, and cancels the only caller that waits for it.</summary>
    private static async Task GiveUpAsync(ModelPool pool, Digest version, Task<CodecModel> load)
    {
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task<ModelLease> acquired = pool.AcquireAsync(version, () => load, caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquired);
    }

    private static bool IsDisposed(CodecModel model)
    {
        try
        {
            model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1);
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
