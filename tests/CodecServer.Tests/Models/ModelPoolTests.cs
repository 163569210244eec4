using Codec;
using Codec.Models;
using Codec.Onnx;
using Codec.Server;
using Codec.Server.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

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
        using var pool = new ModelPool(2, TimeProvider.System);
        var loading = new TaskCompletionSource<CodecModel>();
        int loads = 0;
        Task<ModelLease>[] waiting =
        [
            .. Enumerable.Range(0, 8).Select(_ => pool.AcquireAsync(Packages[0].Version, LoadAsync, TimeSpan.Zero, Ct)),
        ];
        Assert.All(waiting, acquired => Assert.False(acquired.IsCompleted));

        loading.SetResult(Load(Packages[0]));

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
        using var pool = new ModelPool(2, TimeProvider.System);
        CodecModel[] models = [.. Packages.Select(Load)];
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
        using var pool = new ModelPool(1, TimeProvider.System);
        ModelLease lease = await AcquireAsync(pool, Load(Packages[0]));
        ModelLease shared = lease.Share();
        lease.Dispose();
        lease.Dispose();
        using var other = Load(Packages[1]);

        RequestException refusal = await Runs.RefusesAsync(RequestError.ResourceExhausted, () => AcquireAsync(pool, other));

        Assert.NotNull(refusal.RetryAfter);
        shared.Dispose();
        using ModelLease next = await AcquireAsync(pool, other);
        Assert.Same(other, next.Model);
    }

    [Fact]
    public async Task AcquireAsync_LoadFails_ReachesEveryCallerAndTheNextOneLoadsAgain()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        var loading = new TaskCompletionSource<CodecModel>();
        Task<ModelLease>[] waiting =
        [
            .. Enumerable.Range(0, 3).Select(_ => pool.AcquireAsync(Packages[0].Version, () => loading.Task, TimeSpan.Zero, Ct)),
        ];

        loading.SetException(new IOException("no disk"));

        foreach (Task<ModelLease> acquired in waiting)
            await Assert.ThrowsAsync<IOException>(() => acquired);

        Assert.Equal(0, pool.Count);
        using ModelLease lease = await AcquireAsync(pool, Load(Packages[0]));
        Assert.Equal(1, pool.Count);
    }

    [Fact]
    public async Task AcquireAsync_CallerCancelsAndTheLoadFailsLater_IsNotTheNextCallersFailure()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        var loading = new TaskCompletionSource<CodecModel>();
        await GiveUpAsync(pool, Packages[0].Version, loading.Task);

        loading.SetException(new IOException("no disk"));

        using ModelLease lease = await AcquireAsync(pool, Load(Packages[0]));
        Assert.Equal(1, pool.Count);
    }

    [Fact]
    public async Task AcquireAsync_CallerCancelsAndTheVersionIsUnloadedWhileItLoads_DisposesTheModelAfterwards()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        var loading = new TaskCompletionSource<CodecModel>();
        await GiveUpAsync(pool, Packages[0].Version, loading.Task);
        using ModelLease other = await AcquireAsync(pool, Load(Packages[1]));
        var late = Load(Packages[0]);

        loading.SetResult(late);

        Assert.True(IsDisposed(late));
        Assert.False(IsDisposed(other.Model));
    }

    [Fact]
    public async Task AcquireAsync_CallerThatWaits_GetsThePlaceOfTheFirstThatEnds()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        ModelLease lease = await AcquireAsync(pool, Load(Packages[0]));
        var other = Load(Packages[1]);
        Task<ModelLease> waiting = pool.AcquireAsync(other.Version, () => Task.FromResult(other), Timeout.InfiniteTimeSpan, Ct);
        Assert.False(waiting.IsCompleted);

        lease.Dispose();

        using ModelLease next = await waiting;
        Assert.Same(other, next.Model);
    }

    [Fact]
    public async Task AcquireAsync_WaitIsOver_IsRefused()
    {
        var time = new FakeTimeProvider();
        using var pool = new ModelPool(1, time);
        using ModelLease lease = await AcquireAsync(pool, Load(Packages[0]));
        using var other = Load(Packages[1]);
        Task<ModelLease> waiting = pool.AcquireAsync(other.Version, () => Task.FromResult(other), TimeSpan.FromSeconds(5), Ct);

        time.Advance(TimeSpan.FromSeconds(5));

        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => waiting);
    }

    [Fact]
    public async Task AcquireAsync_OthersAreInUse_LiveVersionIsNeitherRefusedNorUnloaded()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        CodecModel[] models = [.. Packages.Select(Load)];
        pool.SetLive(models[0].Version, isLive: true);
        using ModelLease busy = await AcquireAsync(pool, models[1]);

        (await AcquireAsync(pool, models[0])).Dispose();
        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => AcquireAsync(pool, models[2]));

        Assert.False(IsDisposed(models[0]));
        pool.SetLive(models[0].Version, isLive: false);
        Assert.Equal(2, pool.Count);
        models[2].Dispose();
    }

    [Fact]
    public async Task Claim_VersionThatIsNotInWork_LeavesItsPlaceAndForbidsABar()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        ModelClaim claim = pool.Claim(Packages[0].Version);
        (await AcquireAsync(pool, Load(Packages[0]))).Dispose();

        (await AcquireAsync(pool, Load(Packages[1]))).Dispose();

        await Runs.RefusesAsync(RequestError.FailedPrecondition, () => Task.FromResult(pool.Bar(Packages[0].Version)));
        claim.Dispose();
        claim.Dispose();
        using (pool.Bar(Packages[0].Version))
        {
            await Runs.RefusesAsync(RequestError.NotFound, () => Task.FromResult(pool.Claim(Packages[0].Version)));
        }
    }

    [Fact]
    public async Task Bar_VersionWithoutALease_UnloadsAndRefusesItUntilTheBarIsLifted()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        var model = Load(Packages[0]);
        (await AcquireAsync(pool, model)).Dispose();
        using var again = Load(Packages[0]);

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
    public async Task DrainAsync_LeasesAndClaimsAreHeld_RefusesNewUsesAndWaitsForTheLeases()
    {
        using var pool = new ModelPool(1, TimeProvider.System);
        var model = Load(Packages[0]);
        using ModelClaim claim = pool.Claim(model.Version);
        ModelLease lease = await AcquireAsync(pool, model);
        using var again = Load(Packages[0]);

        Task<IDisposable> draining = pool.DrainAsync(model.Version, TimeSpan.FromMinutes(1), Ct);

        await Runs.RefusesAsync(RequestError.NotFound, () => AcquireAsync(pool, again));
        await Runs.RefusesAsync(RequestError.NotFound, () => Task.FromResult(pool.Claim(model.Version)));
        Assert.False(draining.IsCompleted || IsDisposed(model));
        lease.Dispose();
        using (await draining)
        {
            Assert.True(IsDisposed(model));
            await Runs.RefusesAsync(RequestError.NotFound, () => AcquireAsync(pool, again));
        }

        (await AcquireAsync(pool, again)).Dispose();
    }

    [Fact]
    public async Task DrainAsync_WorkDoesNotEndInTime_IsRefusedAndTheVersionServesAgain()
    {
        var time = new FakeTimeProvider();
        using var pool = new ModelPool(1, time);
        using ModelLease lease = await AcquireAsync(pool, Load(Packages[0]));
        Task<IDisposable> draining = pool.DrainAsync(Packages[0].Version, TimeSpan.FromSeconds(20), Ct);
        await Runs.RefusesAsync(RequestError.NotFound, () => Task.FromResult(pool.Claim(Packages[0].Version)));

        time.Advance(TimeSpan.FromSeconds(20));

        RequestException refusal = await Runs.RefusesAsync(RequestError.FailedPrecondition, () => draining);
        Assert.Contains("20 s", refusal.Message, StringComparison.Ordinal);
        pool.Claim(Packages[0].Version).Dispose();
    }

    [Fact]
    public async Task AcquireAsync_ManyCallersOfMoreVersionsThanPlaces_NeverUseADisposedModel()
    {
        using var pool = new ModelPool(2, TimeProvider.System);
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
                        () => Task.Run(() => Load(package), CancellationToken.None),
                        TimeSpan.Zero,
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
        pool.AcquireAsync(model.Version, () => Task.FromResult(model), TimeSpan.Zero, Ct);

    /// <summary>Begins to load a version, and cancels the only caller that waits for it.</summary>
    private static async Task GiveUpAsync(ModelPool pool, Digest version, Task<CodecModel> load)
    {
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task<ModelLease> acquired = pool.AcquireAsync(version, () => load, TimeSpan.Zero, caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquired);
    }

    private static CodecModel Load(ModelPackage package) => CodecModel.Load(package, OnnxNetworkRuntime.Instance);

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
