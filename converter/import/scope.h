// Names of tensors, with the nested scopes of ONNX subgraphs.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "ir/graph.h"

namespace tinamix::import {

/// What a graph of the file calls its tensors. The graph inside a node sees the names around it; its own end with it.
class Scope {
  public:
    /// `outer` is borrowed; null for the outermost graph.
    explicit Scope(const Scope* outer = nullptr) : outer_(outer), depth_(outer == nullptr ? 0 : outer->depth_ + 1) {}

    /// False when this scope has the name already.
    bool add(const std::string& name, ir::ValueId id) { return ids_.emplace(name, id).second; }
    bool defines(const std::string& name) const { return ids_.count(name) != 0; }
    std::optional<ir::ValueId> find(const std::string& name) const {
        const auto found = ids_.find(name);
        if (found != ids_.end()) {
            return found->second;
        }
        return outer_ == nullptr ? std::nullopt : outer_->find(name);
    }
    /// 0 for the outermost graph.
    int depth() const { return depth_; }

  private:
    const Scope* outer_;
    int depth_;
    std::unordered_map<std::string, ir::ValueId> ids_;
};

}  // namespace tinamix::import
