using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>
/// The basic blocks of a function and their immediate post-dominators: where lanes that a branch has divided meet again in lock
/// step. (Cooper, Harvey and Kennedy's iteration, on the reversed graph.)
/// </summary>
internal sealed class ControlGraph
{
    private readonly List<int> _starts = [];
    private readonly int[] _blockOf;
    private readonly List<int>[] _successors;
    private readonly int[] _postDominator;

    public ControlGraph(Function function)
    {
        List<Instruction> body = function.Body;
        var leaders = new SortedSet<int> { 0 };
        for (int i = 0; i < body.Count; i++)
        {
            if (!Leaves(body[i])) continue;
            leaders.Add(i + 1);
            foreach (int target in Targets(function, body[i])) leaders.Add(target);
        }

        _starts.AddRange(leaders.Where(l => l < body.Count));
        int exit = _starts.Count;
        _blockOf = new int[body.Count + 1];
        _successors = new List<int>[exit];
        for (int b = 0; b < exit; b++)
        {
            int end = b + 1 < exit ? _starts[b + 1] : body.Count;
            for (int i = _starts[b]; i < end; i++) _blockOf[i] = b;
        }

        _blockOf[body.Count] = exit;
        for (int b = 0; b < exit; b++)
        {
            int last = (b + 1 < exit ? _starts[b + 1] : body.Count) - 1;
            Instruction instruction = body[last];
            var next = new List<int>();
            if (Leaves(instruction))
            {
                foreach (int target in Targets(function, instruction)) next.Add(_blockOf[target]);
                if (instruction.Opcode is "ret" or "exit" or "trap") next.Add(exit);
                if (instruction.Guard is not null) next.Add(_blockOf[last + 1]);
            }
            else
            {
                next.Add(_blockOf[last + 1]);
            }

            _successors[b] = next;
        }

        _postDominator = PostDominators(exit);
    }

    /// <summary>The instruction that all ways from a branch come to, or <see cref="Flow.Nowhere"/>.</summary>
    public int Reconvergence(int instruction)
    {
        int block = _postDominator[_blockOf[instruction]];
        return block >= 0 && block < _starts.Count ? _starts[block] : Flow.Nowhere;
    }

    private static bool Leaves(Instruction instruction) => instruction.Opcode is "bra" or "brx" or "ret" or "exit" or "trap";

    private static IEnumerable<int> Targets(Function function, Instruction instruction)
    {
        if (instruction.Opcode == "bra")
        {
            yield return instruction.Operands is [NameOperand { Target: >= 0 } label]
                ? label.Target
                : throw instruction.Error("a branch needs a label of its function");
        }
        else if (instruction.Opcode == "brx")
        {
            if (instruction.Operands is not [_, NameOperand table] || !function.Tables.TryGetValue(table.Name, out NameOperand[]? labels))
                throw instruction.Error("brx.idx needs an index and a .branchtargets table");
            foreach (NameOperand entry in labels)
                yield return entry.Target >= 0 ? entry.Target
                    : throw instruction.Error($"the table names '{entry.Name}', which is no label");
        }
    }

    private int[] PostDominators(int exit)
    {
        var predecessors = new List<int>[exit + 1];
        for (int i = 0; i <= exit; i++) predecessors[i] = [];
        for (int b = 0; b < exit; b++)
            foreach (int s in _successors[b]) predecessors[s].Add(b);
        int[] order = Postorder(predecessors, exit);
        var number = new int[exit + 1];
        Array.Fill(number, -1);
        for (int i = 0; i < order.Length; i++) number[order[i]] = i;
        var dominator = new int[exit + 1];
        Array.Fill(dominator, -1);
        dominator[exit] = exit;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = order.Length - 2; i >= 0; i--)
            {
                int block = order[i], best = -1;
                foreach (int s in _successors[block])
                {
                    if (number[s] < 0 || dominator[s] < 0) continue;
                    best = best < 0 ? s : Common(best, s, number, dominator);
                }

                if (best == dominator[block]) continue;
                dominator[block] = best;
                changed = true;
            }
        }

        return dominator;
    }

    private static int Common(int a, int b, int[] number, int[] dominator)
    {
        while (a != b)
        {
            while (number[a] < number[b]) a = dominator[a];
            while (number[b] < number[a]) b = dominator[b];
        }

        return a;
    }

    // Blocks from which the exit can be reached, each after all it leads to in the reversed graph; the exit is last. No recursion:
    // a function may have any number of blocks.
    private static int[] Postorder(List<int>[] edges, int root)
    {
        var order = new List<int>();
        var seen = new bool[edges.Length];
        var stack = new Stack<(int Node, int Next)>();
        stack.Push((root, 0));
        seen[root] = true;
        while (stack.TryPop(out var top))
        {
            if (top.Next == edges[top.Node].Count)
            {
                order.Add(top.Node);
                continue;
            }

            stack.Push((top.Node, top.Next + 1));
            int next = edges[top.Node][top.Next];
            if (seen[next]) continue;
            seen[next] = true;
            stack.Push((next, 0));
        }

        return [.. order];
    }
}
