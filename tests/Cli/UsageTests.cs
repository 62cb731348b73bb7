using Xunit;

namespace AlexNetCuda.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "command was not provided")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("--nonsense", "--nonsense")]
    [InlineData("networks extra", "extra")]
    [InlineData("summary", "Required argument 'NETWORK' missing")]
    [InlineData("summary alexnet-same --batch", "--batch")]
    [InlineData("summary alexnet-same --batch 0", "--batch is a whole number from 1 to 1048576, not '0'")]
    [InlineData("summary alexnet-same --batch -3", "not '-3'")]
    [InlineData("summary alexnet-same --batch 1.5", "not '1.5'")]
    [InlineData("summary alexnet-same --batch 99999999999", "not '99999999999'")]
    [InlineData("summary alexnet-same --input-size 0", "--input-size is a whole number from 1 to 4096, not '0'")]
    [InlineData("summary alexnet-same --input-size big", "not 'big'")]
    [InlineData("summary alexnet-same --json=maybe", "maybe")]
    [InlineData("summary alexnet-same vgg16", "vgg16")]
    [InlineData("time alexnet-same --steps 0", "--steps is a whole number from 1 to")]
    [InlineData("time alexnet-same --burn-in -1", "--burn-in is a whole number from 0 to")]
    [InlineData("time alexnet-same --threads 0", "--threads is a whole number from 1 to")]
    [InlineData("time alexnet-same --seed -1", "--seed is a whole number from 0 to")]
    [InlineData("time alexnet-same --seed x", "not 'x'")]
    [InlineData("time alexnet-same --device abacus", "There is no device 'abacus'. There are: auto, cpu, cuda, cuda:N, sim, sim:61, sim:75, sim:80, sim:90, reference.")]
    [InlineData("time alexnet-same --device cuda:", "There is no device 'cuda:'")]
    [InlineData("time alexnet-same --device cuda:-1", "There is no device 'cuda:-1'")]
    [InlineData("time alexnet-same --device cuda:99", "There is no device 'cuda:99'")]
    [InlineData("time alexnet-same --device cpu:0", "There is no device 'cpu:0'")]
    [InlineData("time alexnet-same --device sim:86", "There is no device 'sim:86'")]
    [InlineData("time alexnet-same --device CUDA", "There is no device 'CUDA'")]
    [InlineData("time alexnet-same --precision int8", "--precision is one of float32, tf32, float16, bfloat16, not 'int8'")]
    [InlineData("time alexnet-same --precision FLOAT16", "not 'FLOAT16'")]
    [InlineData("time alexnet-same --precision", "--precision")]
    [InlineData("time alexnet-same --no-graph=perhaps", "perhaps")]
    [InlineData("time alexnet-same --no-graphs", "--no-graphs")]
    [InlineData("summary alexnet-same --memory --mode test", "--mode is one of inference, gradients, training, not 'test'")]
    [InlineData("time alexnet-same --device", "--device")]
    [InlineData("time alexnet-same --batch 1 --batch 2", "--batch")]
    [InlineData("time alexnet-same --images", "--images")]
    [InlineData("time alexnet-same --frobnicate", "--frobnicate")]
    [InlineData("verify", "Required argument 'REFERENCE.json' missing")]
    [InlineData("verify file.json --level 0", "--level is a number above 0 and below 1, not '0'")]
    [InlineData("verify file.json --level 1,5", "not '1,5'")]
    [InlineData("verify file.json --level NaN", "not 'NaN'")]
    [InlineData("verify file.json --device gpu", "There is no device 'gpu'")]
    [InlineData("doctor extra", "extra")]
    [InlineData("doctor --device", "--device")]
    [InlineData("doctor --device cpu", "--device can only be sim, sim:61, sim:75, sim:80, sim:90, not 'cpu'")]
    [InlineData("doctor --device cuda", "not 'cuda'")]
    [InlineData("doctor --json=maybe", "maybe")]
    [InlineData("selftest extra", "extra")]
    [InlineData("selftest --device cpu", "--device is 'cuda', 'cuda:N' or 'sim', not 'cpu'")]
    [InlineData("selftest --device cuda:-1", "not 'cuda:-1'")]
    [InlineData("selftest --device", "--device")]
    [InlineData("selftest --json=maybe", "maybe")]
    [InlineData("convert", "Required argument 'IN' missing")]
    [InlineData("convert a.npz", "Required argument 'OUT' missing")]
    [InlineData("convert a.npz b.npz --from keras", "--from is one of ours, torchvision, tensorflow, caffe, not 'keras'")]
    [InlineData("convert a.npz b.npz --classes 0", "--classes is a whole number from 1 to")]
    [InlineData("convert a.npz b.caffemodel", "'b.caffemodel' cannot be written: its extension is none of .safetensors, .npz")]
    [InlineData("time @nowhere.rsp", "There is no network '@nowhere.rsp'")]
    public void A_bad_command_line_is_named_and_gives_2(string line, string message) => Refused(line, message);

    [Theory]
    [InlineData("summary alexnet", "There is no network 'alexnet'. There are: alexnet-owt-softmax10,")]
    [InlineData("time lenet", "There is no network 'lenet'")]
    [InlineData("time ALEXNET-SAME", "There is no network 'ALEXNET-SAME'")]
    [InlineData("summary alexnet-same --input-size 10", "Network 'alexnet-same' cannot have an input size of 10. Layer 'pool2'")]
    [InlineData("time bvlc-alexnet --input-size 11", "Network 'bvlc-alexnet' cannot have an input size of 11. Layer 'pool1'")]
    [InlineData("time alexnet-same --input-size 4096", "parameter 'fc6/weights'")]
    [InlineData("time alexnet-conv --batch 1000000", "A batch of 1000000 images of 224x224 is too large")]
    [InlineData("time", "Name a network, or say --all")]
    [InlineData("time vgg16 --all", "With --all no network is named")]
    [InlineData("selftest --device sim --filter abacus", "No check's name contains 'abacus'")]
    [InlineData("time --all --input-size 64", "leave --input-size out")]
    [InlineData("time alexnet-same --forward-only --gradients conv*", "--gradients has no meaning with --forward-only")]
    [InlineData("time alexnet-same --gradients dense*", "No parameter of network 'alexnet-same' matches 'dense*'. It has: conv1/weights, conv1/biases,")]
    [InlineData("time alexnet-same --device cpu --precision tf32", "--precision tf32 is for CUDA devices; device 'cpu' computes in a precision of its own")]
    [InlineData("verify file.json --device reference --precision bfloat16", "--precision bfloat16 is for CUDA devices; device 'reference'")]
    [InlineData("time alexnet-same --device cpu --no-graph", "--no-graph is for CUDA devices; it has no meaning on device 'cpu'")]
    [InlineData("time alexnet-same --device reference --no-lt", "--no-lt is for CUDA devices")]
    [InlineData("verify file.json --device cpu --nchw", "--nchw is for CUDA devices")]
    [InlineData("verify file.json --device cpu --sync-checks", "--sync-checks is for CUDA devices")]
    [InlineData("verify file.json --device cuda --checks", "--checks is for the simulator; it has no meaning on device 'cuda'")]
    [InlineData("summary alexnet-same --device sim", "--device has no meaning without --memory")]
    [InlineData("summary alexnet-same --mode training", "--mode has no meaning without --memory")]
    [InlineData("summary alexnet-same --no-fuse", "--no-fuse has no meaning without --memory")]
    public void A_request_that_makes_no_sense_is_explained_and_gives_2(string line, string message) => Refused(line, message);

    [Theory]
    [InlineData("--help", "time")]
    [InlineData("networks --help", "networks")]
    [InlineData("summary --help", "--input-size")]
    [InlineData("time --help", "--burn-in")]
    [InlineData("verify --help", "--level")]
    [InlineData("doctor --help", "--json")]
    [InlineData("selftest --help", "--filter")]
    [InlineData("convert --help", "--skip")]
    public void Every_verb_has_help(string line, string contains)
    {
        RunResult result = Alexnet.Run(line.Split(' '));
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("Usage:", result.Output, StringComparison.Ordinal);
        Assert.Contains(contains, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("time")]
    [InlineData("verify")]
    [InlineData("summary")]
    public void Help_says_what_each_switch_of_a_device_turns_off(string verb)
    {
        string help = string.Join(' ', Alexnet.Run(verb, "--help").Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("--device <NAME> The device: auto, cpu, cuda, cuda:N, sim, sim:61, sim:75, sim:80, sim:90, reference.", help, StringComparison.Ordinal);
        Assert.Contains("float32, tf32, float16, bfloat16", help, StringComparison.Ordinal);
        Assert.All(DeviceSwitch.All, s => Assert.Contains($"{s.Name} {s.Description}", help, StringComparison.Ordinal));
    }

    [Fact]
    public void The_version_is_that_of_the_command()
    {
        RunResult result = Alexnet.Run("--version");
        Assert.Equal(0, result.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+\s*$", result.Output);
    }

    private static void Refused(string line, string message)
    {
        RunResult result = Alexnet.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (result.Code, result.Output));
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
    }
}
