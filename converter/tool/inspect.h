// What `inspect` knows about each kind of file: JSON for programs, the same facts as text for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "import/onnx_import.h"

namespace tinamix::tool {

nlohmann::ordered_json inspect_onnx(const std::string& path, const import::ImportOptions& options);
nlohmann::ordered_json inspect_tmx(const std::string& path);

}  // namespace tinamix::tool
