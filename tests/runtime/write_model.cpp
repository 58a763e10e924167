// Writes the model of every op to a file, for tests of programs: write_model OUTPUT.tmx
#include <cstdio>

#include "model_builder.h"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const auto file = tmx::testing::model_of_every_op();
    tmx::testing::write_file(argv[1], file.data(), file.size());
    return 0;
}
