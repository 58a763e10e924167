// Attribute values by their declared type.
#include "import/attributes.h"

#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

using onnx::AttributeProto;

ir::Attribute read_attribute(const AttributeProto& attribute, const std::filesystem::path& folder,
                             const std::string& where) {
    const std::string at = where + ", attribute `" + attribute.name() + "`";
    if (!attribute.ref_attr_name().empty()) {
        throw Error(at, "refers to a function's parameter, which is not supported");
    }
    switch (attribute.type()) {
        case AttributeProto::INT:
            return attribute.i();
        case AttributeProto::FLOAT:
            return attribute.f();
        case AttributeProto::STRING:
            return attribute.s();
        case AttributeProto::INTS:
            return std::vector<int64_t>(attribute.ints().begin(), attribute.ints().end());
        case AttributeProto::FLOATS:
            return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
        case AttributeProto::STRINGS:
            return std::vector<std::string>(attribute.strings().begin(), attribute.strings().end());
        case AttributeProto::TENSOR:
            return read_tensor(attribute.t(), folder, at);
        case AttributeProto::UNDEFINED:
            throw Error(at, "has no type");
        default:
            throw Error(at, "has a type that is not supported (graph, sparse tensor or type)");
    }
}

}  // namespace

std::map<std::string, ir::Attribute> read_attributes(const onnx::NodeProto& node, const std::filesystem::path& folder,
                                                     const std::string& where) {
    std::map<std::string, ir::Attribute> attributes;
    for (const AttributeProto& attribute : node.attribute()) {
        if (!attributes.emplace(attribute.name(), read_attribute(attribute, folder, where)).second) {
            throw Error(where, "attribute `" + attribute.name() + "` is given twice");
        }
    }
    return attributes;
}

}  // namespace tinamix::import
