// The folder that `run` leaves behind, on the host and on the board alike: out_<i>.npy, tensors, meta.json.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::tool {

/// File name of a dumped tensor: every byte outside [A-Za-z0-9._-] as %XX, then ".npy". A tensor that is called "out_1"
/// without being output 1 has its first byte encoded too, so that it does not overwrite that output's file.
std::string tensor_file_name(const std::string& tensor_name, const std::vector<std::string>& output_names);

/// Collects files in a hidden folder beside `path` and moves them into place in commit(). Without commit() nothing
/// remains.
class RunFolder {
  public:
    /// `model`: path of the model; `kind`: "onnx" or "tmx".
    RunFolder(const std::string& path, const std::string& model, const std::string& kind,
              const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    /// out_<index>.npy. Listed under the output's name unless that tensor is dumped as well.
    void add_output(size_t index, const ir::Tensor& tensor);
    void add_tensor(const std::string& name, const ir::Tensor& tensor);
    void commit();

  private:
    std::filesystem::path path_, partial_, first_created_;
    std::vector<std::string> output_names_;
    nlohmann::ordered_json meta_;
};

}  // namespace tinamix::tool
