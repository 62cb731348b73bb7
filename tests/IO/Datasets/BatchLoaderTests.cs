using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

public class BatchLoaderTests
{
    private static readonly Preprocessing Raw = new() { Resize = 8 };

    private static LoaderOptions Options(int batch, bool shuffle, int threads = 0) =>
        new() { Batch = batch, InputSize = 8, Preprocessing = Raw, Shuffle = shuffle, Seed = 5, Threads = threads };

    private static int[] All(ImageDataset data) => [.. Enumerable.Range(0, data.Count)];

    private static int[] Epoch(BatchLoader loader)
    {
        var indices = new List<int>();
        for (long s = 0; s < loader.StepsPerEpoch; s++)
        {
            LoadedBatch batch = loader.Next(TestContext.Current.CancellationToken);
            indices.AddRange(batch.Indices[..batch.Count]);
        }

        return [.. indices];
    }

    private static (int[] Indices, float[] Images)[] Run(ImageDataset data, LoaderOptions options, long from, int steps)
    {
        using var loader = new BatchLoader(data, All(data), options);
        if (from > 0) loader.Seek(from);
        var batches = new (int[], float[])[steps];
        for (int s = 0; s < steps; s++)
        {
            LoadedBatch batch = loader.Next(TestContext.Current.CancellationToken);
            Assert.Equal(from + s, batch.Step);
            Assert.Equal((from + s) / loader.StepsPerEpoch, batch.Epoch);
            batches[s] = ([.. batch.Indices], [.. batch.Images]);
        }

        return batches;
    }

    private static void Same((int[] Indices, float[] Images)[] expected, (int[] Indices, float[] Images)[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int s = 0; s < expected.Length; s++)
        {
            Assert.Equal(expected[s].Indices, actual[s].Indices);
            Assert.Equal(expected[s].Images, actual[s].Images);
        }
    }

    [Fact]
    public void An_epoch_has_each_picture_at_most_once_and_every_epoch_its_own_order()
    {
        MemoryDataset data = MemoryDataset.Numbered(23);
        using var loader = new BatchLoader(data, All(data), Options(4, shuffle: true));
        Assert.Equal(5, loader.StepsPerEpoch);
        int[][] epochs = [Epoch(loader), Epoch(loader), Epoch(loader)];
        Assert.All(epochs, e => Assert.Equal(20, e.Distinct().Count())); // three of 23 are left out of each
        Assert.Equal(3, epochs.Select(e => string.Join(',', e)).Distinct().Count());
        Assert.Equal(23, epochs.SelectMany(e => e).Distinct().Count());
    }

    [Fact]
    public void A_batch_has_the_pixels_and_labels_of_its_indices()
    {
        MemoryDataset data = MemoryDataset.Numbered(23);
        using var loader = new BatchLoader(data, [3, 9, 12, 20], Options(2, shuffle: true));
        for (int s = 0; s < 6; s++)
        {
            LoadedBatch batch = loader.Next(TestContext.Current.CancellationToken);
            Assert.Equal(2, batch.Count);
            for (int i = 0; i < 2; i++)
            {
                Assert.Contains(batch.Indices[i], (int[])[3, 9, 12, 20]);
                Assert.Equal(batch.Indices[i] % 2, batch.Labels[i]);
                Assert.All(batch.Images[(i * 192)..((i * 192) + 64)], v => Assert.Equal(batch.Indices[i], v));
                Assert.All(batch.Images[((i * 192) + 64)..((i + 1) * 192)], v => Assert.Equal(0, v));
            }
        }
    }

    [Fact]
    public void The_places_of_pictures_are_uniform()
    {
        // 7,000 epochs of 7 pictures: each picture is at each place 1,000 times, with a standard deviation of 29; five of these either way.
        var order = new EpochOrder(7, shuffle: true, seed: 1);
        var counts = new int[7, 7];
        for (int epoch = 0; epoch < 7000; epoch++)
        {
            for (int p = 0; p < 7; p++) counts[p, order.At(epoch, p)]++;
        }

        Assert.All(counts.Cast<int>(), c => Assert.InRange(c, 1000 - 147, 1000 + 147));
    }

    [Fact]
    public void Any_number_of_threads_and_any_beginning_give_the_same_bits()
    {
        Picture?[] pictures = [.. Enumerable.Range(0, 21).Select(i => i % 6 == 1 ? null : TestPictures.Pattern(14 + i, 31 - i))];
        using var data = new MemoryDataset(pictures, classes: 3);
        LoaderOptions options = Options(4, shuffle: true, threads: 1) with
        {
            Preprocessing = Raw with { Resize = 11 },
            Augmentation = new Augmentation { Colours = PrincipalColours.ImageNet, ScaleJitter = 0.2, RotationDegrees = 15 },
        };
        (int[], float[])[] whole = Run(data, options, 0, 17);
        Same(whole, Run(data, options with { Threads = 4 }, 0, 17));
        Same(whole, Run(data, options with { Threads = 3, CacheBytes = 0, Ahead = 1 }, 0, 17));
        Same(whole[3..], Run(data, options with { Threads = 4 }, 3, 14));
        Same(whole[11..], Run(data, options, 11, 6));
        Assert.NotEqual(whole[0].Item2, Run(data, options with { Seed = 6 }, 0, 1)[0].Images);
    }

    [Fact]
    public void Seeking_back_and_forth_gives_the_same_batches()
    {
        MemoryDataset data = MemoryDataset.Numbered(40);
        LoaderOptions options = Options(8, shuffle: true, threads: 3);
        (int[] Indices, float[] Images)[] whole = Run(data, options, 0, 15);
        using var loader = new BatchLoader(data, All(data), options);
        foreach (int step in new[] { 7, 0, 14, 14, 3, 2 })
        {
            loader.Seek(step);
            LoadedBatch batch = loader.Next(TestContext.Current.CancellationToken);
            Assert.Equal(whole[step].Indices, batch.Indices);
            Assert.Equal(whole[step].Images, batch.Images);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => loader.Seek(-1));
    }

    [Fact]
    public void In_training_another_picture_takes_the_place_of_a_bad_one()
    {
        MemoryDataset data = MemoryDataset.Numbered(12, 8, 2, 7);
        using var loader = new BatchLoader(data, All(data), Options(4, shuffle: true, threads: 2));
        for (int e = 0; e < 3; e++)
        {
            int[] epoch = Epoch(loader);
            Assert.Equal(12, epoch.Length);
            Assert.Equal(10, epoch.Distinct().Count());
            Assert.DoesNotContain(2, epoch);
            Assert.DoesNotContain(7, epoch);
        }

        Assert.Equal([new SkippedPicture("class0/2.png", "it is damaged."), new SkippedPicture("class1/7.png", "it is damaged.")], loader.Skipped);
    }

    [Fact]
    public void In_evaluation_bad_pictures_are_left_out_and_the_last_batch_is_filled_up()
    {
        MemoryDataset data = MemoryDataset.Numbered(10, 8, 1, 4);
        using var loader = new BatchLoader(data, All(data), Options(4, shuffle: false, threads: 2));
        Assert.Equal(3, loader.StepsPerEpoch);
        for (int e = 0; e < 2; e++)
        {
            int[][] expected = [[0, 2, 3, -1], [5, 6, 7, -1], [8, 9, -1, -1]];
            foreach (int[] indices in expected)
            {
                LoadedBatch batch = loader.Next(TestContext.Current.CancellationToken);
                Assert.Equal(indices, batch.Indices);
                Assert.Equal(indices.Count(i => i >= 0), batch.Count);
                Assert.Equal(indices.Select(i => Math.Max(i, 0) % 2), batch.Labels);
                Assert.Equal(indices.Select(i => (float)Math.Max(i, 0)), Enumerable.Range(0, 4).Select(i => batch.Images[192 * i]));
            }
        }
    }

    [Fact]
    public void Nothing_but_bad_pictures_is_an_error()
    {
        MemoryDataset data = MemoryDataset.Numbered(3, 8, 0, 1, 2);
        foreach (bool shuffle in new[] { true, false })
        {
            using var loader = new BatchLoader(data, All(data), Options(2, shuffle));
            PictureException e = Assert.Throws<PictureException>(() => Epoch(loader));
            Assert.Equal("memory: none of 3 pictures can be used; the first, class0/0.png: it is damaged.", e.Message);
        }
    }

    [Fact]
    public void A_picture_is_decoded_once_while_there_is_room()
    {
        MemoryDataset data = MemoryDataset.Numbered(12, 8, 5), again = MemoryDataset.Numbered(12), some = MemoryDataset.Numbered(12);
        Run(data, Options(4, shuffle: true, threads: 1), 0, 12);
        Assert.All(data.Loads, n => Assert.Equal(1, n));

        Run(again, Options(4, shuffle: true) with { CacheBytes = 0 }, 0, 12);
        Assert.All(again.Loads, n => Assert.InRange(n, 4, 6)); // four epochs, and what is loaded ahead

        Run(some, Options(4, shuffle: true, threads: 1) with { CacheBytes = 5 * 192 }, 0, 12);
        Assert.Equal(5, some.Loads.Count(n => n == 1));
    }

    [Fact]
    public void A_failure_that_is_no_bad_picture_comes_out_of_Next()
    {
        using var data = new MemoryDataset([.. Enumerable.Repeat(TestPictures.Pattern(8, 8), 6)]) { OnLoad = i => throw new TurboJpegNotFoundException([$"{i}"]) };
        using var loader = new BatchLoader(data, All(data), Options(2, shuffle: true, threads: 2));
        Assert.Throws<TurboJpegNotFoundException>(() => loader.Next(TestContext.Current.CancellationToken));
        Assert.Throws<TurboJpegNotFoundException>(() => loader.Next(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Waiting_can_be_cancelled_and_taken_up_again()
    {
        using var go = new ManualResetEventSlim();
        using var data = new MemoryDataset([.. Enumerable.Repeat(TestPictures.Pattern(8, 8), 6)]) { OnLoad = _ => go.Wait() };
        using var loader = new BatchLoader(data, All(data), Options(2, shuffle: false));
        using var stop = new CancellationTokenSource(60);
        Assert.ThrowsAny<OperationCanceledException>(() => loader.Next(stop.Token));
        Assert.True(loader.Waited > TimeSpan.FromMilliseconds(30));
        go.Set();
        Assert.Equal([0, 1], loader.Next(TestContext.Current.CancellationToken).Indices);
    }

    [Fact]
    public async Task Disposal_while_pictures_are_decoded_ends_the_threads_and_the_wait()
    {
        using var go = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        var threads = new HashSet<Thread>();
        using var data = new MemoryDataset([.. Enumerable.Repeat(TestPictures.Pattern(8, 8), 6)])
        {
            OnLoad = _ =>
            {
                lock (threads) threads.Add(Thread.CurrentThread);
                begun.Set();
                go.Wait();
            },
        };
        var loader = new BatchLoader(data, All(data), Options(3, shuffle: true, threads: 3));
        begun.Wait(TestContext.Current.CancellationToken);
        Task waiting = Task.Run(() => Assert.Throws<ObjectDisposedException>(() => loader.Next(CancellationToken.None)), TestContext.Current.CancellationToken);
        Task disposal = Task.Run(loader.Dispose, TestContext.Current.CancellationToken);
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.False(disposal.IsCompleted, "disposal did not wait for the pictures that are being decoded");
        go.Set();
        await disposal.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        lock (threads) Assert.All(threads, t => Assert.False(t.IsAlive));
        Assert.Throws<ObjectDisposedException>(() => loader.Next(CancellationToken.None));
        Assert.Throws<ObjectDisposedException>(() => loader.Seek(0));
        loader.Dispose();
    }

    [Fact]
    public void The_time_waited_is_that_of_slow_pictures()
    {
        using var data = new MemoryDataset([.. Enumerable.Repeat(TestPictures.Pattern(8, 8), 4)]) { OnLoad = _ => Thread.Sleep(30) };
        using var loader = new BatchLoader(data, All(data), Options(4, shuffle: true, threads: 1));
        var watch = Stopwatch.StartNew();
        loader.Next(TestContext.Current.CancellationToken);
        Assert.InRange(loader.Waited, TimeSpan.FromMilliseconds(60), watch.Elapsed + TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void Views_follow_each_other()
    {
        using var data = new MemoryDataset([TestPictures.Pattern(30, 20), TestPictures.Pattern(20, 25), null, TestPictures.Pattern(21, 21)]);
        LoaderOptions options = Options(3, shuffle: false) with { Views = 10, Preprocessing = Raw with { Resize = 12 } };
        using var loader = new BatchLoader(data, All(data), options);
        var views = new EvaluationViews(10, 8, options.Preprocessing);
        LoadedBatch batch = loader.Next(TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, -1], batch.Indices);
        Assert.Equal(2, batch.Count);
        Assert.Equal(3 * views.Length, batch.Images.Length);
        var expected = new float[views.Length];
        for (int i = 0; i < 2; i++)
        {
            views.Write(data.Load(i, 0), expected);
            Assert.Equal(expected, batch.Images[(i * views.Length)..((i + 1) * views.Length)]);
        }
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        MemoryDataset data = MemoryDataset.Numbered(4);
        LoaderOptions good = Options(2, shuffle: true);
        Refused([0, 1], good with { Batch = 3 }, "do not fill one batch of 3");
        Refused([], good with { Shuffle = false }, "no pictures");
        Refused([0, 4], good, "picture 4");
        Refused([0, -1], good, "picture -1");
        Refused([1, 1], good, "listed twice");
        Refused([0, 1], good with { Batch = 0 }, "Batch is 0");
        Refused([0, 1], good with { Threads = -1 }, "Threads is -1");
        Refused([0, 1], good with { Ahead = 0 }, "Ahead is 0");
        Refused([0, 1], good with { CacheBytes = -1 }, "CacheBytes is -1");
        Refused([0, 1], good with { InputSize = 9 }, "resize of 8");
        Refused([0, 1], good with { Views = 10 }, "views are for evaluation");
        Refused([0, 1], good with { Views = 3 }, "1, 5 or 10");
        Refused([0, 1], good with { Augmentation = new Augmentation { RotationDegrees = double.NaN } }, "RotationDegrees");
        Refused([0, 1], good with { Augmentation = new Augmentation { ScaleJitter = 1 } }, "ScaleJitter");
        Refused([0, 1, 2, 3], good with { Shuffle = false, Batch = 1 << 30 }, "more than an array can hold");

        void Refused(int[] indices, LoaderOptions options, string part)
        {
            ArgumentException e = Assert.Throws<ArgumentException>(() => new BatchLoader(data, indices, options));
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
        }
    }
}
