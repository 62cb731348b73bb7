using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

/// <summary>Alone, when all other tests are done: what is counted is what all threads allocate.</summary>
[CollectionDefinition(nameof(LoaderAllocationTests), DisableParallelization = true)]
[Collection(nameof(LoaderAllocationTests))]
public class LoaderAllocationTests
{
    [Fact]
    public void Once_all_is_in_memory_nothing_is_allocated_on_any_thread()
    {
        using var data = new MemoryDataset([.. Enumerable.Range(0, 24).Select(i => TestPictures.Pattern(40 + i, 40))]);
        var options = new LoaderOptions
        {
            Batch = 8, InputSize = 32, Preprocessing = Preprocessing.Caffe with { Resize = 40 }, Shuffle = true, Threads = 2,
            Augmentation = new Augmentation { Colours = PrincipalColours.ImageNet, ScaleJitter = 0.1 },
        };
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, 24)], options);
        for (int s = 0; s < 12; s++) loader.Next(CancellationToken.None);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int s = 0; s < 60; s++) loader.Next(CancellationToken.None);
        // 480 pictures: an object of the least size for each would be 11,520 bytes. The runner's own thread may allocate a little.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 8_000);
    }
}
