// libFuzzer's entry (preset `fuzz`): ./import_fuzzer -max_len=65536 -timeout=5 -rss_limit_mb=1024 WORK
// tests/fuzz/corpus
#include "import_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    static const std::string folder = tinamix::fuzz::make_folder();
    tinamix::fuzz::import_bytes(folder + "/model.onnx", bytes, size);
    return 0;
}
