using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Malformed and unsupported PTX is refused by one kind of error that names the line; nothing crashes or hangs.</summary>
public class HostileTests
{
    private const string Head = ".version 7.8\n.target sm_60\n.address_size 64\n";

    private static string Kernel(string body) =>
        Head + ".visible .entry k(.param .u64 p)\n{\n.reg .pred q; .reg .b32 a<4>; .reg .b64 x; .reg .f32 f; .reg .b16 h;\n" + body +
            "\nret;\n}\n";

    public static TheoryData<string, string, int, string> Cases => new()
    {
        { "empty", "", 1, ".version" },
        { "not PTX", "hello", 1, ".version" },
        { "a version too new", ".version 9.0\n.target sm_90\n", 1, "6.0 to 8.4" },
        { "a version too old", ".version 5.0\n", 1, "6.0 to 8.4" },
        { "32-bit addresses", ".version 7.8\n.target sm_60\n.address_size 32\n", 3, "64-bit" },
        { "a body not closed", Head + ".entry k()\n{\nret;\n", 5, "not closed" },
        { "a comment not closed", Head + "/* ", 4, "comment" },
        { "a string not closed", Head + ".file 1 \"x\n", 4, "string" },
        { "a section not closed", Head + ".section .debug_str\n{ .b8 1\n", 5, "not closed" },
        { "a character out of place", Head + "\u00e9", 4, "U+00E9" },
        { "an unknown directive", Head + ".texref t;\n", 4, ".texref" },
        { "a register twice", Head + ".entry k()\n{\n.reg .b32 a;\n.reg .b32 a;\n}", 7, "twice" },
        { "a register unknown", Kernel("mov.u32 %b1, 0;"), 7, "" },
        { "a special register unknown", Kernel("mov.u32 a1, %envreg0;"), 7, "%envreg0" },
        { "a register beyond its range", Kernel("mov.u32 a4, 0;"), 7, "" },
        { "a label twice", Kernel("L:\nL: bra L;"), 8, "twice" },
        { "a label unknown", Kernel("bra L;"), 7, "label" },
        { "a semicolon missing", Kernel("mov.u32 a1, 0"), 7, "';'" },
        { "an operand missing", Kernel("add.s32 a1, a2;"), 7, "2 operands" },
        { "an operand too many", Kernel("add.s32 a1, a2, a3, a1;"), 7, "4 operands" },
        { "a register of another width", Kernel("add.s64 x, x, a1;"), 7, "a1" },
        { "a number as a result", Kernel("add.s32 5, a1, a2;"), 7, "result" },
        { "an integer in float arithmetic", Kernel("add.f32 f, f, 1;"), 7, "integer" },
        { "a number of no base", Kernel("mov.u32 a1, 0xZZ;"), 7, "0xZZ" },
        { "a number too large", Kernel("mov.u32 a1, 99999999999999999999;"), 7, "not a number" },
        { "an unknown instruction", Kernel("wmma.load.a.sync x, [x];"), 7, "wmma.load.a.sync" },
        { "an unknown modifier", Kernel("add.s32.fast a1, a1, a1;"), 7, ".fast" },
        { "a rounding missing", Kernel("div.f32 f, f, f;"), 7, "div.f32" },
        { "a vector of three", Kernel("ld.global.v4.b32 {a1, a2, a3}, [x];"), 7, "3 registers" },
        { "an access of 32 bytes", Kernel("ld.global.v4.b64 {x, x, x, x}, [x];"), 7, "16 bytes" },
        { "a store to .const", Kernel("st.const.b32 [x], a1;"), 7, ".const" },
        { "a guard that is no predicate", Kernel("@a1 bra L; L:"), 7, "predicate" },
        { "texture fetches", Kernel("tex.2d.v4.f32.f32 {f, f, f, f}, [x, {f, f}];"), 7, "" },
        { "an old shuffle", Kernel("shfl.bfly.b32 a1, a2, 1, 31;"), 7, ".sync" },
        { "an atomic that is none", Kernel("atom.global.sub.u32 a1, [x], 1;"), 7, "operation" },
        { "an atomic of no such type", Kernel("atom.global.inc.u64 x, [x], 1;"), 7, ".inc" },
        { "a truth table too large", Kernel("lop3.b32 a1, a1, a2, a3, 256;"), 7, "256" },
        { "a call of nobody", Kernel("call nobody;"), 7, "nobody" },
        { "a call through a pointer", Kernel("call x, ();"), 7, "pointer" },
        { "a barrier missing its kind", Kernel("bar.red.u32 a1, 0, q;"), 7, ".popc" },
        { "variables without end", Head + ".global .b8 x[99999999999];\n", 4, "large" },
        { "an alignment of three", Head + ".global .align 3 .b8 x[4];\n", 4, "power of two" },
        { "too many initial values", Head + ".global .b8 x[2] = {1, 2, 3};\n", 4, "more initial values" },
        { "an initialiser not closed", Head + ".global .b8 x[2] = {1, 2\n", 5, "initial value" },
        { "local memory without end", Kernel(".local .b8 l[9000000]; mov.u64 x, l;"), 7, "large" },
        { "shared memory in a parameter list", Head + ".entry k(.shared .b32 x) { ret; }\n", 4, ".param" },
        { "a predicate in memory", Kernel("ld.global.pred q, [x];"), 7, "predicates" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_cannot_be_executed_is_refused_with_its_line(string name, string text, int line, string word)
    {
        PtxParseException error = Assert.Throws<PtxParseException>(() => PtxModule.Parse(text).Verify());
        Assert.True(line == error.Line, $"{name}: {error.Message}");
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"PTX line {line}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recursion_is_refused_at_the_call_that_closes_the_circle()
    {
        string text = Head + ".func g ();\n.func f () { call g; ret; }\n.func g () { call f; ret; }\n.entry k() { call f; ret; }\n";
        PtxParseException error = Assert.Throws<PtxParseException>(() => PtxModule.Parse(text).Verify());
        Assert.Equal((6, "call"), (error.Line, error.Instruction));
    }

    [Theory]
    [InlineData("!")]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("(")]
    [InlineData("-")]
    [InlineData("@")]
    public void Nesting_without_end_overflows_nothing(string symbol)
    {
        string many = string.Concat(Enumerable.Repeat(symbol, 200_000));
        Assert.Throws<PtxParseException>(() => PtxModule.Parse(Kernel("mov.u32 a1, " + many + ";")));
        Assert.Throws<PtxParseException>(() => PtxModule.Parse(Kernel(many)));
        Assert.Throws<PtxParseException>(() => PtxModule.Parse(Head + ".global .b32 x = " + many + ";"));
    }

    [Fact]
    public void Many_registers_and_long_chains_of_blocks_cost_no_more_than_they_use()
    {
        string registers = Head + ".entry k() { .reg .b32 r<2000000000>; mov.u32 r1999999999, 5; ret; }";
        PtxModule.Parse(registers).Verify();
        string blocks = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"@q bra L{i}; add.s32 a1, a1, 1; L{i}:\n"));
        PtxModule.Parse(Kernel("setp.eq.s32 q, a1, 0;" + blocks)).Verify();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Damaged_kernels_are_refused_or_run_to_an_end_that_has_a_name(int seed)
    {
        var random = new Random(seed);
        string[] texts = [.. Data.Names.Select(Data.Text)];
        for (int round = 0; round < 150; round++)
        {
            string text = Damage(texts[random.Next(texts.Length)], random);
            try
            {
                var options = new MachineOptions
                {
                    Checks = random.Next(2) == 0 ? Checks.All : Checks.None,
                    Metered = random.Next(2) == 0,
                    Convergence = (Convergence)random.Next(2),
                    Seed = random.Next(3),
                    InstructionBudget = 30_000,
                };
                using var machine = new PtxMachine(options);
                LoadedModule module = machine.Load(text);
                foreach (LoadedKernel kernel in module.Kernels.Values)
                {
                    var parameters = new byte[kernel.Declaration.ParameterBytes];
                    ulong address = machine.Memory.Allocate(4096);
                    for (int i = 0; i + 8 <= parameters.Length; i += 8)
                        BitConverter.TryWriteBytes(parameters.AsSpan(i), i < 24 ? address + (ulong)(1024 * (i / 8))
                            : (ulong)random.Next(64) << 32 | (uint)random.Next(64));
                    try
                    {
                        machine.Launch(kernel, new LaunchConfiguration(2, 48, 256), options, parameters.AsSpan());
                    }
                    catch (PtxExecutionException error)
                    {
                        Assert.NotEmpty(error.Report.Kernel);
                    }
                }
            }
            catch (PtxParseException error)
            {
                Assert.InRange(error.Line, 1, text.Count(c => c == '\n') + 1);
            }
        }
    }

    // Lines left out, doubled or swapped, and words put where others were.
    private static string Damage(string text, Random random)
    {
        List<string> lines = [.. text.Split('\n')];
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int i = random.Next(lines.Count), j = random.Next(lines.Count);
            switch (random.Next(5))
            {
                case 0: lines.RemoveAt(i); break;
                case 1: lines.Insert(i, lines[j]); break;
                case 2: (lines[i], lines[j]) = (lines[j], lines[i]); break;
                case 3: lines[i] = lines[i][..random.Next(lines[i].Length + 1)]; break;
                default:
                    string[] words = lines[i].Split(' ', '\t'), others = lines[j].Split(' ', '\t');
                    words[random.Next(words.Length)] = others[random.Next(others.Length)];
                    lines[i] = string.Join(' ', words);
                    break;
            }
        }

        return string.Join('\n', lines);
    }
}
