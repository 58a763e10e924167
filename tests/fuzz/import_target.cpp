#include "import_target.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "diagnostics/error.h"
#include "import/onnx_import.h"
#include "ir/known_part.h"
#include "optimize/optimize.h"
#include "quantize/stated.h"

namespace tinamix::fuzz {

bool import_bytes(const std::string& path, const uint8_t* bytes, size_t size) {
    {
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
    }
    try {
        import::Survey survey = import::survey_onnx(path);
        const bool complete = survey.unsupported.empty();
        ir::Graph graph =
            complete ? std::move(survey.graph) : ir::known_part(survey.graph, survey.unsupported_nodes, survey.unknown);
        if (quantize::has_quantization_nodes(graph)) {
            optimize::fold_constants(graph, optimize::Folding::kKeepCodes);
            quantize::take_stated_quantization(graph);
        }
        optimize::optimize(graph);
        return complete;
    } catch (const Error&) {
        return false;
    }
}

std::string make_folder() {
    const bool in_memory = std::filesystem::is_directory("/dev/shm");
    std::string name = std::string(in_memory ? "/dev/shm" : "/tmp") + "/tinamix-fuzz-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
        std::perror("a temporary folder");
        std::exit(2);
    }
    return name;
}

}  // namespace tinamix::fuzz
