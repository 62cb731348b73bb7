namespace AlexNetCuda.Interop.Driver;

/// <summary>Why an executable graph could not be updated.</summary>
[NativeEnum("CUgraphExecUpdateResult_enum", "CU_GRAPH_EXEC_UPDATE_")]
public enum CUgraphExecUpdateResult
{
    /// <summary><c>CU_GRAPH_EXEC_UPDATE_SUCCESS</c>.</summary>
    Success = 0,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR</c>.</summary>
    Error = 1,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED</c>.</summary>
    ErrorTopologyChanged = 2,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED</c>.</summary>
    ErrorNodeTypeChanged = 3,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR_FUNCTION_CHANGED</c>.</summary>
    ErrorFunctionChanged = 4,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR_PARAMETERS_CHANGED</c>.</summary>
    ErrorParametersChanged = 5,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR_NOT_SUPPORTED</c>.</summary>
    ErrorNotSupported = 6,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR_UNSUPPORTED_FUNCTION_CHANGE</c>.</summary>
    ErrorUnsupportedFunctionChange = 7,

    /// <summary><c>CU_GRAPH_EXEC_UPDATE_ERROR_ATTRIBUTES_CHANGED</c>.</summary>
    ErrorAttributesChanged = 8,
}
