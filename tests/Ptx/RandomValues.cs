namespace AlexNetCuda.Ptx.Tests;

internal static class RandomValues
{
    public static float[] Singles(int count, int seed, float scale = 100)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = ((random.NextSingle() * 2) - 1) * scale;
        return values;
    }
}
