// What `inspect` knows about each kind of file: JSON for programs, the same facts as text for people.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "ir/graph.h"

namespace tinamix::tool {

nlohmann::ordered_json inspect_onnx(const std::string& path, const std::map<std::string, ir::Shape>& shapes);
nlohmann::ordered_json inspect_tmx(const std::string& path);

}  // namespace tinamix::tool
