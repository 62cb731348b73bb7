using System.Diagnostics;
using AlexNetCuda.Interop.Nvtx;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>NVTX against profilers built here. A process has one profiler from its start: those that listen get a process of their own.</summary>
public sealed class NvtxTests : IDisposable
{
    private const string FileVariable = "NVTX_TEST_FILE";

    // As a profiler's library has it: the declarations follow nvtxTypes.h.
    private const string Profiler = """
        #include <stddef.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        typedef void (*slot)(void);
        struct callbacks { size_t size; int (*get_table)(int module, slot*** table, unsigned* size); };
        struct version { size_t size; uint32_t version, reserved; void (*set)(uint32_t); };
        static FILE* file;
        static int push(const char* name) { fprintf(file, "push %s\n", name); fflush(file); return 0; }
        static int pop(void) { fprintf(file, "pop\n"); fflush(file); return 0; }
        int InitializeInjectionNvtx2(const void* (*get_export_table)(uint32_t)) {
            file = fopen(getenv("NVTX_TEST_FILE"), "a");
            const struct version* v = get_export_table(3);
            const struct callbacks* c = get_export_table(1);
            v->set(3);
            fprintf(file, "version %u of %d bytes, callbacks of %d bytes, others %d\n",
                v->version, (int)v->size, (int)c->size, get_export_table(2) != NULL || get_export_table(0) != NULL);
            slot** table;
            unsigned size;
            for (int module = 0; module < 8; module++) {
                if (!c->get_table(module, &table, &size)) continue;
                int slots = 0;
                for (unsigned i = 0; i < size; i++) slots += table[i] != NULL && *table[i] == NULL;
                fprintf(file, "module %d: %u, %d slots, closed %d\n", module, size, slots, table[0] == NULL && table[size] == NULL);
            }
            fflush(file);
            if (!c->get_table(1, &table, &size) || size <= 11) return 0;
            *table[9] = (slot)push;
            if (getenv("NVTX_TEST_PUSH_ONLY") == NULL) *table[11] = (slot)pop;
            return 1;
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_profiler_sees_the_ranges()
    {
        var lines = RunChild(NativeCode.BuildOrSkip(_folder.FullName, "libprofiler.so", Profiler));
        Assert.Equal(
            [
                "version 3 of 24 bytes, callbacks of 16 bytes, others 0",
                "module 1: 16, 15 slots, closed 1", "module 2: 9, 8 slots, closed 1", "module 3: 15, 14 slots, closed 1",
                "module 4: 7, 6 slots, closed 1", "module 5: 16, 15 slots, closed 1", "module 6: 7, 6 slots, closed 1",
                "push conv1", "push Füllung", "pop", "pop", "active, ",
            ],
            lines);
    }

    [Fact]
    public void A_profiler_that_does_not_listen_to_ranges_costs_nothing()
    {
        var lines = RunChild(NativeCode.BuildOrSkip(_folder.FullName, "libprofiler.so", Profiler), ("NVTX_TEST_PUSH_ONLY", "1"));
        Assert.DoesNotContain("pop", lines);
        Assert.EndsWith("libprofiler.so does not listen to ranges", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_profiler_is_said_to_be_none_and_does_no_harm()
    {
        Assert.Contains("is not set", NvtxSlots.Attach(null), StringComparison.Ordinal);
        Assert.Contains("is not set", NvtxSlots.Attach(""), StringComparison.Ordinal);
        Assert.Contains("which does not load", NvtxSlots.Attach(Path.Combine(_folder.FullName, "absent.so")), StringComparison.Ordinal);
        var empty = NativeCode.BuildOrSkip(_folder.FullName, "libempty.so", "int nothing;");
        Assert.EndsWith("which lacks InitializeInjectionNvtx2", NvtxSlots.Attach(empty), StringComparison.Ordinal);
        var refusing = NativeCode.BuildOrSkip(_folder.FullName, "librefusing.so", "int InitializeInjectionNvtx2(void* f) { return 0; }");
        Assert.EndsWith("could not be initialised", NvtxSlots.Attach(refusing), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_profiler_ranges_allocate_nothing()
    {
        Assert.SkipWhen(NvtxRanges.IsActive, "these tests run under a profiler");
        var name = new NvtxName("conv1");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            using var range = NvtxRanges.Begin(name);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>What the processes of the other tests run; without them it only shows that ranges do no harm.</summary>
    [Fact]
    public void Child()
    {
        var file = Environment.GetEnvironmentVariable(FileVariable);
        using (NvtxRanges.Begin(new NvtxName("conv1")))
        using (NvtxRanges.Begin(new NvtxName("Füllung")))
        {
            Assert.Equal(NvtxRanges.Problem is null, NvtxRanges.IsActive);
        }

        if (file is not null)
        {
            File.AppendAllText(file, $"{(NvtxRanges.IsActive ? "active" : "inactive")}, {NvtxRanges.Problem}\n");
        }
    }

    private string[] RunChild(string profiler, params (string Name, string Value)[] variables)
    {
        var tests = typeof(NvtxTests).Assembly.GetName().Name!;
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? tests + ".exe" : tests);
        Assert.SkipUnless(File.Exists(program), "the tests are no program of their own here");
        var file = Path.Combine(_folder.FullName, "ranges.txt");
        var start = new ProcessStartInfo(program, ["-noColor", "-method", $"{typeof(NvtxTests).FullName}.{nameof(Child)}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["NVTX_INJECTION64_PATH"] = profiler, [FileVariable] = file },
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, output);
        return File.ReadAllLines(file);
    }
}
