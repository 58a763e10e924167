// Reading and first checks of an ONNX file.
#include "import/model_file.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "diagnostics/error.h"

namespace tinamix::import {

onnx::ModelProto read_model_file(const std::filesystem::path& path) {
    std::error_code problem;
    if (std::filesystem::is_directory(path, problem)) {
        throw Error(path.string(), "is a folder, not an ONNX file");
    }
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        throw Error(path.string(), std::string("cannot be opened: ") + std::strerror(errno));
    }
    google::protobuf::io::IstreamInputStream input(&stream);
    google::protobuf::io::CodedInputStream coded(&input);
    coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
    onnx::ModelProto model;
    const bool parsed = model.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
    if (stream.bad()) {
        throw Error(path.string(), "cannot be read");
    }
    if (!parsed || !model.has_graph() || !model.has_ir_version()) {
        throw Error(path.string(), "is not an ONNX model, or is damaged or cut short");
    }
    return model;
}

int64_t model_opset(const onnx::ModelProto& model, const std::string& path) {
    int64_t opset = 0;
    for (const auto& import : model.opset_import()) {
        if (!import.domain().empty() && import.domain() != "ai.onnx") {
            continue;
        }
        if (opset != 0) {
            throw Error(path, "names the opset twice");
        }
        opset = import.version();
        if (opset < kFirstOpset || opset > kLastOpset) {
            throw Error(
                path,
                "opset " + std::to_string(opset) + " is not supported, only " + std::to_string(kFirstOpset) + " to " +
                    std::to_string(kLastOpset),
                opset < kFirstOpset ? "convert the model with onnx.version_converter" : "export it with opset 21");
        }
    }
    if (opset == 0) {
        throw Error(path, "does not say its opset");
    }
    return opset;
}

}  // namespace tinamix::import
