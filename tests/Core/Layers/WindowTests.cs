using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>Output sizes and padding by hand. Heights and widths differ so that a mix-up shows.</summary>
public class WindowTests
{
    private static (int Output, int Before, int After) Rows(Window window, int height)
    {
        WindowGeometry g = window.Resolve("x", height, 1000);
        WindowGeometry turned = (window with
        {
            Padding = new Padding(window.Padding.Mode, window.Padding.Left, window.Padding.Top, window.Padding.Right, window.Padding.Bottom),
        }).Resolve("x", 1000, height);
        Assert.Equal((g.OutputHeight, g.PadTop, g.PadBottom), (turned.OutputWidth, turned.PadLeft, turned.PadRight));
        return (g.OutputHeight, g.PadTop, g.PadBottom);
    }

    [Theory] // output = ceil(in / stride); total = max((output - 1) * stride + kernel - in, 0); the smaller half above
    [InlineData(224, 11, 4, 56, 3, 4)]
    [InlineData(227, 11, 4, 57, 4, 4)]
    [InlineData(55, 3, 2, 28, 1, 1)]
    [InlineData(56, 3, 2, 28, 0, 1)]
    [InlineData(7, 2, 2, 4, 0, 1)]
    [InlineData(13, 5, 1, 13, 2, 2)]
    [InlineData(13, 4, 1, 13, 1, 2)]
    [InlineData(5, 1, 3, 2, 0, 0)]
    [InlineData(9, 2, 4, 3, 0, 1)]
    [InlineData(1, 11, 4, 1, 5, 5)]
    [InlineData(2, 11, 1, 2, 5, 5)]
    public void SAME_pads_to_a_fraction_of_the_input(int size, int kernel, int stride, int output, int before, int after)
    {
        Assert.Equal((output, before, after), Rows(Window.Square(kernel, stride, Padding.Same), size));
    }

    [Theory] // output = ceil((in - kernel + 1) / stride)
    [InlineData(227, 11, 4, 55)]
    [InlineData(56, 3, 2, 27)]
    [InlineData(55, 3, 2, 27)]
    [InlineData(28, 3, 2, 13)]
    [InlineData(27, 3, 2, 13)]
    [InlineData(13, 3, 2, 6)]
    [InlineData(5, 5, 1, 1)]
    [InlineData(5, 1, 3, 2)]
    [InlineData(4, 3, 9, 1)]
    public void VALID_leaves_out_what_does_not_fill_a_window(int size, int kernel, int stride, int output)
    {
        Assert.Equal((output, 0, 0), Rows(Window.Square(kernel, stride, Padding.Valid), size));
        Assert.Equal((output, 0, 0), Rows(Window.Square(kernel, stride, Padding.Valid, SizeRounding.Ceiling), size)); // rounding is for explicit padding
        Assert.Equal((output, 0, 0), Rows(Window.Square(kernel, stride, Padding.Explicit(0)), size));
    }

    [Theory]
    [InlineData(224, 11, 4, 2, 2, 55, 56)] // 217 / 4 = 54.25; the 56th window begins at 220 < 226
    [InlineData(4, 3, 2, 0, 0, 1, 2)]
    [InlineData(27, 3, 2, 0, 0, 13, 13)] // exact
    [InlineData(3, 1, 3, 0, 0, 1, 1)] // a second window would begin at 3, beyond the input
    [InlineData(3, 2, 3, 0, 0, 1, 1)]
    [InlineData(2, 2, 3, 1, 1, 1, 1)] // a second would begin in the padding below
    [InlineData(5, 3, 3, 1, 1, 2, 2)] // a third likewise
    [InlineData(6, 3, 3, 1, 1, 2, 3)] // a third begins at the last row
    [InlineData(6, 3, 2, 0, 1, 3, 3)]
    [InlineData(6, 3, 2, 2, 0, 3, 4)]
    public void Explicit_padding_rounds_down_or_up(int size, int kernel, int stride, int before, int after, int floor, int ceiling)
    {
        Padding padding = Padding.Explicit(before, 7, after, 9);
        Assert.Equal((floor, before, after), Rows(Window.Square(kernel, stride, padding), size));
        Assert.Equal((ceiling, before, after), Rows(Window.Square(kernel, stride, padding, SizeRounding.Ceiling), size));
    }

    [Fact]
    public void Rows_and_columns_have_settings_of_their_own()
    {
        WindowGeometry g = new Window(3, 5, 2, 4, Padding.Explicit(1, 2, 0, 3)).Resolve("x", 10, 20);
        // (10 + 1 + 0 - 3) / 2 + 1; (20 + 2 + 3 - 5) / 4 + 1
        Assert.Equal(new WindowGeometry(10, 20, 5, 6, 3, 5, 2, 4, 1, 2, 0, 3), g);
    }

    [Fact]
    public void The_largest_integers_do_not_wrap()
    {
        WindowGeometry g = Window.Square(3, 2, Padding.Same).Resolve("x", int.MaxValue, int.MaxValue - 1);
        Assert.Equal((1 << 30, (1 << 30) - 1), (g.OutputHeight, g.OutputWidth));
        Assert.Equal((1, 1, 0, 1), (g.PadTop, g.PadBottom, g.PadLeft, g.PadRight));
        Assert.Equal((1, int.MaxValue / 2), (
            Window.Square(int.MaxValue, int.MaxValue, Padding.Same).Resolve("x", 1, 1).OutputHeight,
            Window.Square(int.MaxValue, 1, Padding.Same).Resolve("x", 1, 1).PadTop));
        var error = Assert.Throws<ShapeException>(() => Window.Square(1, 1, Padding.Explicit(int.MaxValue)).Resolve("x", 1, 1));
        Assert.Equal("Layer 'x': an output of height 4294967295 is too large.", error.Message);
    }

    public static TheoryData<Window, string> Bad => new()
    {
        { new Window(0, 3, 1, 1, Padding.Same), "Layer 'x': a kernel is at least 1x1, not 0x3." },
        { new Window(3, -1, 1, 1, Padding.Same), "Layer 'x': a kernel is at least 1x1, not 3x-1." },
        { new Window(3, 3, 0, 1, Padding.Valid), "Layer 'x': a stride is at least 1, not 0x1." },
        { new Window(3, 3, 1, -2, Padding.Valid), "Layer 'x': a stride is at least 1, not 1x-2." },
        { Window.Square(3, 1, Padding.Explicit(0, 0, -1, 0)), "Layer 'x': padding is at least 0, not pad 0,0,-1,0." },
        { Window.Square(6, 1, Padding.Valid), "Layer 'x': a kernel of height 6 is larger than its input of height 5 with padding 0+0." },
        { new Window(5, 11, 1, 1, Padding.Explicit(1, 1, 2, 2)), "Layer 'x': a kernel of width 11 is larger than its input of width 7 with padding 1+2." },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_impossible_window_is_refused_with_its_layer_and_sizes(Window window, string message)
    {
        Assert.Equal(message, Assert.Throws<ShapeException>(() => window.Resolve("x", 5, 7)).Message);
    }

    [Theory]
    [InlineData("11x11 / 4 SAME", 11, 11, 4, 4, -1, false)]
    [InlineData("3x5 / 2x1 pad 2", 3, 5, 2, 1, 2, false)]
    [InlineData("3x3 / 2 pad 0 ceil", 3, 3, 2, 2, 0, true)]
    public void A_window_describes_itself(string text, int height, int width, int strideHeight, int strideWidth, int pad, bool ceiling)
    {
        Padding padding = pad < 0 ? Padding.Same : Padding.Explicit(pad);
        var window = new Window(height, width, strideHeight, strideWidth, padding, ceiling ? SizeRounding.Ceiling : SizeRounding.Floor);
        Assert.Equal(text, window.ToString());
    }
}
