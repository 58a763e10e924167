#include "import/references.h"

#include "diagnostics/error.h"

namespace tinamix::import {

namespace {

/// If inside If inside If ...
constexpr int kDeepest = 16;

void add_references(const onnx::GraphProto& graph, const std::string& path, int depth, References& references) {
    if (depth > kDeepest) {
        throw Error(path, "has graphs inside nodes more than " + std::to_string(kDeepest) + " deep");
    }
    for (const onnx::NodeProto& node : graph.node()) {
        references.read.insert(node.input().begin(), node.input().end());
        references.made.insert(node.output().begin(), node.output().end());
        for (const auto& attribute : node.attribute()) {
            if (attribute.has_g()) {
                add_references(attribute.g(), path, depth + 1, references);
            }
        }
    }
    for (const auto& output : graph.output()) {
        references.read.insert(output.name());
    }
}

}  // namespace

References find_references(const onnx::GraphProto& graph, const std::string& path) {
    References references;
    add_references(graph, path, 0, references);
    return references;
}

}  // namespace tinamix::import
