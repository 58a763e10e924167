// The harness: GoogleTest, and with --bench the speed of the kernels.
#include <gtest/gtest.h>

#include <cstring>

#include "layer_bench.h"

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--bench") == 0) return tmx::kernels::test::bench(argc - 1, argv + 1);
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
