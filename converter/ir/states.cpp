#include "ir/states.h"

#include <algorithm>

namespace tinamix::ir {

namespace {

/// Takes the value called `name` out of `ids`.
ValueId take(const Graph& graph, std::vector<ValueId>& ids, const std::string& name, const std::string& what) {
    std::vector<std::string> names;
    for (auto id = ids.begin(); id != ids.end(); ++id) {
        if (graph.value(*id).name == name) {
            const ValueId found = *id;
            ids.erase(id);
            return found;
        }
        names.push_back(graph.value(*id).name);
    }
    throw Error("state", "the model has no " + what + " `" + name + "` (left)", did_you_mean(name, names));
}

std::string described(const Value& value) {
    return "`" + value.name + "` is " + std::string(element_type_name(value.type)) + " " + shape_text(value.shape);
}

bool fit(const Value& a, const Value& b) { return a.type == b.type && a.shape == b.shape; }

}  // namespace

void bind_states(Graph& graph, const std::map<std::string, std::string>& pairs) {
    for (const auto& [output_name, input_name] : pairs) {
        const ValueId output = take(graph, graph.outputs, output_name, "output");
        const ValueId input = take(graph, graph.inputs, input_name, "input");
        const Value &out = graph.value(output), &in = graph.value(input);
        if (!fit(out, in) || in.type != ElementType::kFloat32) {
            throw Error("state", described(out) + ", " + described(in) + "; a state is float32 of one shape");
        }
        graph.states.push_back({input, output});
    }
    if (graph.outputs.empty() || graph.inputs.empty()) {
        throw Error("state", "every " + std::string(graph.outputs.empty() ? "output" : "input") +
                                 " of the model is a state; one must be left");
    }
}

std::map<std::string, std::string> likely_states(const Graph& graph) {
    std::map<std::string, std::string> pairs;
    const auto partners = [&](const std::vector<ValueId>& ids, ValueId like) {
        std::vector<ValueId> found;
        for (ValueId id : ids) {
            if (fit(graph.value(id), graph.value(like))) {
                found.push_back(id);
            }
        }
        return found;
    };
    if (graph.inputs.size() < 2 || graph.outputs.size() < 2) {
        return pairs;
    }
    for (ValueId output : graph.outputs) {
        const std::vector<ValueId> inputs = partners(graph.inputs, output);
        if (inputs.size() == 1 && partners(graph.outputs, inputs.front()).size() == 1 && inputs.front() != output &&
            graph.value(output).shape != graph.value(graph.inputs.front()).shape) {
            pairs[graph.value(output).name] = graph.value(inputs.front()).name;
        }
    }
    return pairs;
}

}  // namespace tinamix::ir
