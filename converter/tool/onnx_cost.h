// What an ONNX node costs, from shapes alone.
#pragma once

#include <cstdint>

#include "ir/graph.h"

namespace tinamix::tool {

/// Multiply-accumulates of a convolution, matrix product or recurrent layer; 0 for everything else.
uint64_t multiply_accumulates(const ir::Graph& graph, const ir::Node& node);

/// Elements and bytes of the floating-point constants a node reads.
struct Parameters {
    uint64_t elements = 0, bytes = 0;
};
Parameters parameters(const ir::Graph& graph, const ir::Node& node);

}  // namespace tinamix::tool
