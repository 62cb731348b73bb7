namespace AlexNetCuda.Cli.Tests.Training;

/// <summary>A dataset that the tests draw themselves: discs, squares, crosses and stripes of any place, size and colour on noise, as PPM files.</summary>
internal static class Shapes
{
    private const int Side = 48;
    private static readonly string[] s_classes = ["cross", "disc", "square", "stripes"];

    /// <summary>Draws pictures into folders of their classes.</summary>
    public static string Draw(string directory, int perClass, int seed = 1)
    {
        var random = new Random(seed);
        foreach (string name in s_classes)
        {
            Directory.CreateDirectory(Path.Combine(directory, name));
            for (int i = 0; i < perClass; i++) File.WriteAllBytes(Path.Combine(directory, name, $"{i:d3}.ppm"), Picture(name, random));
        }

        return directory;
    }

    private static byte[] Picture(string name, Random random)
    {
        byte[] header = System.Text.Encoding.ASCII.GetBytes($"P6\n{Side} {Side}\n255\n"), pixels = new byte[3 * Side * Side];
        double radius = 9 + (random.NextDouble() * 9), x0 = Side / 2.0 + ((random.NextDouble() - 0.5) * 10), y0 = Side / 2.0 + ((random.NextDouble() - 0.5) * 10);
        int[] colour = [128 + random.Next(128), 128 + random.Next(128), 128 + random.Next(128)];
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                double dx = x - x0, dy = y - y0;
                bool inside = name switch
                {
                    "disc" => (dx * dx) + (dy * dy) < radius * radius,
                    "square" => Math.Max(Math.Abs(dx), Math.Abs(dy)) < radius * 0.85,
                    "cross" => Math.Min(Math.Abs(dx), Math.Abs(dy)) < radius * 0.3 && Math.Max(Math.Abs(dx), Math.Abs(dy)) < radius,
                    _ => Math.Max(Math.Abs(dx), Math.Abs(dy)) < radius && ((int)(dy + 100) / 3) % 2 == 0,
                };
                for (int c = 0; c < 3; c++) pixels[(3 * ((y * Side) + x)) + c] = (byte)((inside ? colour[c] : 60) + random.Next(40) - 20 + (inside ? 0 : 10)).Clamped();
            }
        }

        return [.. header, .. pixels];
    }

    private static int Clamped(this int value) => Math.Clamp(value, 0, 255);
}
