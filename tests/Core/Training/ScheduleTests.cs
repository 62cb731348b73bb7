using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests.Training;

/// <summary>Schedules that PyTorch has are checked against it elsewhere; here Caffe's others, by numbers of its solver's documentation and formulas done by hand; and the texts.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData("inv:gamma=0.0001,power=0.75", 0, 0.01)]
    [InlineData("inv:gamma=0.0001,power=0.75", 10000, 0.0059460355750136)] // LeNet of Caffe's examples: its log says 0.00594604 at iteration 10,000
    [InlineData("inv:gamma=0.0001,power=0.75", 5000, 0.0073778794646957)] // 0.00737788 at iteration 5,000
    [InlineData("sigmoid:gamma=0.1,middle=100", 100, 0.005)]
    [InlineData("sigmoid:gamma=0.1,middle=100", 110, 0.0026894142136999513)] // 1 / (1 + e)
    [InlineData("step:every=100e,gamma=0.1", 999, 0.01)]
    [InlineData("step:every=100e,gamma=0.1", 1000, 0.001)] // 10 steps an epoch
    [InlineData("cosine:warmup=1e", 0, 0.01 / 11)]
    public void A_rate_is_what_its_policy_says(string text, long step, double rate) =>
        Assert.Equal(rate, ScheduleText.Parse(text, 0.01f, 10, 2000).At(step), 1e-6 * rate);

    [Theory]
    [InlineData("linear", "There is no schedule 'linear'")]
    [InlineData("step", "needs every")]
    [InlineData("step:every=0", "at least 1 step")]
    [InlineData("step:every=5,gama=0.1", "does not take 'gama'")]
    [InlineData("step:every=many", "every is a number, not 'many'")]
    [InlineData("step:every=5,every=6", "comes twice")]
    [InlineData("multistep:at=5/5", "rising")]
    [InlineData("exp:gamma=-1", "above 0")]
    [InlineData("fixed:warmup=-3", "warmup is a number")]
    public void A_text_that_is_no_schedule_is_refused(string text, string part) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(() => ScheduleText.Parse(text, 0.01f, 10, 2000)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_rate_is_above_0() => Assert.Throws<ArgumentException>(() => ScheduleText.Parse("fixed", 0, 10, 2000));
}
