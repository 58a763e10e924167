// The ops of this build. One line registers an op: ops/<op>.cpp defines `const OpKind k<Op>`.
//
// An image that needs only some ops names a header that defines TMX_OPS (CMake: -DTINAMIX_OPS="Conv2D;Softmax" makes
// it); the linker then drops the others. A model that uses one of those is refused with TMX_UNSUPPORTED_OP.
#ifndef TINAMIX_RUNTIME_OP_LIST_H_
#define TINAMIX_RUNTIME_OP_LIST_H_

#define TMX_EVERY_OP(O) \
    O(Conv2D)           \
    O(DepthwiseConv2D)  \
    O(MaxPool2D)        \
    O(AveragePool2D)    \
    O(Binary)           \
    O(Concat)           \
    O(Slice)            \
    O(Transpose)        \
    O(Requantize)       \
    O(Quantize)         \
    O(Dequantize)       \
    O(Lookup)           \
    O(UnaryF32)         \
    O(Softmax)          \
    O(MatMul)           \
    O(Recurrent)        \
    O(Normalize)        \
    O(IndexedCopy)      \
    O(Resample)         \
    O(Compare)          \
    O(Select)           \
    O(Reduce)           \
    O(ArgMax)           \
    O(TopK)             \
    O(Gather)           \
    O(NpuCall)

#ifdef TMX_OP_SELECTION
#include TMX_OP_SELECTION
#else
#define TMX_OPS(O) TMX_EVERY_OP(O)
#endif

#endif  // TINAMIX_RUNTIME_OP_LIST_H_
