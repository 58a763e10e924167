// A model's graph after loading: the file's tables, the verified tensors, and the memory they lie in.
#ifndef TINAMIX_RUNTIME_GRAPH_H_
#define TINAMIX_RUNTIME_GRAPH_H_

#include "graph_format.h"
#include "tensor.h"

namespace tmx::runtime {

struct Graph {
    const format::Model* file;
    TensorMemory memory;
    Tensor* tensors;
    int32_t tensor_count;
};

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_GRAPH_H_
