using Xunit;

namespace AlexNetCuda.IO.Tests;

/// <summary>Tests that measure the whole process, and so run while no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public class JpegLeakTests
{
    [Fact]
    public void Randomly_changed_files_never_crash_and_leave_no_memory_behind()
    {
        var random = new Random(2);
        byte[] jpeg = TurboJpegEncoder.WithOrientation(TurboJpegEncoder.Encode(TestPictures.Pattern(24, 16), 80), 6, little: true);
        long before = 0;
        for (int i = 0; i < 30_000; i++)
        {
            byte[] damaged = [.. jpeg];
            for (int k = random.Next(1, 4); k > 0; k--)
                damaged[random.Next(2, damaged.Length)] = (byte)random.Next(256);

            // Sides of up to 65,535 are within a mutation's reach: allowed, but only slow here.
            if (SidesOf(damaged) > 1_000_000)
                continue;
            PictureAssert.DecodesOrIsRefused(damaged);
            if (i >= 5_000 && before == 0)
                before = ResidentBytes();
        }

        // A decompressor holds some kilobytes outside of what the collector sees: 25,000 of them could not hide.
        Assert.InRange(ResidentBytes() - before, long.MinValue, 60L << 20);

        static long ResidentBytes()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return Environment.WorkingSet;
        }

        static long SidesOf(byte[] data)
        {
            int at = data.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
            return at < 0 || at + 9 > data.Length ? 0 : (long)((data[at + 5] << 8) | data[at + 6]) * ((data[at + 7] << 8) | data[at + 8]);
        }
    }
}
