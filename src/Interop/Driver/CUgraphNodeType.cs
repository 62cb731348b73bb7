namespace AlexNetCuda.Interop.Driver;

/// <summary>What a node of a graph does.</summary>
[NativeEnum("CUgraphNodeType_enum", "CU_GRAPH_NODE_TYPE_")]
public enum CUgraphNodeType
{
    /// <summary><c>CU_GRAPH_NODE_TYPE_KERNEL</c>.</summary>
    Kernel = 0,

    /// <summary><c>CU_GRAPH_NODE_TYPE_MEMCPY</c>.</summary>
    Memcpy = 1,

    /// <summary><c>CU_GRAPH_NODE_TYPE_MEMSET</c>.</summary>
    Memset = 2,

    /// <summary><c>CU_GRAPH_NODE_TYPE_HOST</c>.</summary>
    Host = 3,

    /// <summary><c>CU_GRAPH_NODE_TYPE_GRAPH</c>.</summary>
    Graph = 4,

    /// <summary><c>CU_GRAPH_NODE_TYPE_EMPTY</c>.</summary>
    Empty = 5,

    /// <summary><c>CU_GRAPH_NODE_TYPE_WAIT_EVENT</c>.</summary>
    WaitEvent = 6,

    /// <summary><c>CU_GRAPH_NODE_TYPE_EVENT_RECORD</c>.</summary>
    EventRecord = 7,

    /// <summary><c>CU_GRAPH_NODE_TYPE_EXT_SEMAS_SIGNAL</c>.</summary>
    ExtSemasSignal = 8,

    /// <summary><c>CU_GRAPH_NODE_TYPE_EXT_SEMAS_WAIT</c>.</summary>
    ExtSemasWait = 9,

    /// <summary><c>CU_GRAPH_NODE_TYPE_MEM_ALLOC</c>.</summary>
    MemAlloc = 10,

    /// <summary><c>CU_GRAPH_NODE_TYPE_MEM_FREE</c>.</summary>
    MemFree = 11,

    /// <summary><c>CU_GRAPH_NODE_TYPE_BATCH_MEM_OP</c>.</summary>
    BatchMemOp = 12,

    /// <summary><c>CU_GRAPH_NODE_TYPE_CONDITIONAL</c>.</summary>
    Conditional = 13,
}
