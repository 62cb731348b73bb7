using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

/// <summary>What every reader of weights owes to a file that is damaged or made to do harm.</summary>
internal static class HostileFile
{
    /// <summary>Beyond some times the file's size: what any reading may take (exceptions, buffers, a decompressor).</summary>
    private const long AllowedBytes = 4L << 20;

    /// <summary>Reading it gives one line that begins with the path, and takes no memory that the file's size does not justify.</summary>
    public static void IsRefused(string path, Action<string> read, string part)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        WeightFileException e = Assert.Throws<WeightFileException>(() => read(path));
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        IsOneLine(path, e);
        Assert.True(taken < AllowedBytes + (20 * new FileInfo(path).Length), $"{taken} bytes were allocated for a file of {new FileInfo(path).Length}");
        File.Move(path, path); // on Windows this fails while the file is open
    }

    /// <summary>Reads changed copies of a good file: each is read, or refused with one line. Returns how many were read.</summary>
    /// <param name="path">A file that may be written.</param>
    /// <param name="good">The good file.</param>
    /// <param name="tries">The number of copies; the seed is fixed.</param>
    /// <param name="read">Reads everything in a file.</param>
    public static int Fuzz(string path, byte[] good, int tries, Action<string> read)
    {
        var random = new Random(1);
        int accepted = 0;
        for (int i = 0; i < tries; i++)
        {
            File.WriteAllBytes(path, Mutate(good, random));
            try
            {
                read(path);
                accepted++;
            }
            catch (WeightFileException e)
            {
                IsOneLine(path, e);
            }
        }

        return accepted;
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        List<byte> bytes = [.. good];
        for (int k = random.Next(1, 4); k > 0 && bytes.Count > 0; k--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 9), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                case 5: bytes[at] = (byte)"0123456789\"[]{}:,\\\xff"[random.Next(19)]; break;
                default:
                    for (int j = 0; j < length; j++) bytes[at + j] = 0xff; // the largest numbers
                    break;
            }
        }

        return [.. bytes];
    }

    private static void IsOneLine(string path, WeightFileException e)
    {
        Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.True(e.Message.Length < path.Length + 700, e.Message);
        Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
    }
}
