// test_kernels --bench [PART_OF_LAYER] [--precision w8a8|w8a16|w16a16|f32]: what the kernels in use cost, layer by
// layer of bench/layer_shapes.h.
//
// Instructions per MAC where something counts them: the kernel's performance counters on a board, or bench/'s counter
// under QEMU, which answers in the file named by the environment's TMX_COUNTER (bench/README.md). Otherwise time.
#ifndef TINAMIX_TESTS_KERNELS_LAYER_BENCH_H_
#define TINAMIX_TESTS_KERNELS_LAYER_BENCH_H_

namespace tmx::kernels::test {

/// Exit status.
int bench(int argc, char** argv);

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_LAYER_BENCH_H_
