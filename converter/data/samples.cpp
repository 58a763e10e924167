// Samples of a whole graph: one source per input, the same number of samples in each.
#include "data/samples.h"

#include <algorithm>

#include "data/sources.h"
#include "diagnostics/error.h"
#include "formats/npy.h"

namespace tinamix::data {
namespace {

class GraphSamples : public SampleSource {
  public:
    /// `in_sequence`: the first `limit` instead of some from everywhere.
    GraphSamples(std::vector<std::unique_ptr<InputSource>> inputs, size_t limit, bool in_sequence)
        : inputs_(std::move(inputs)), indices_(spread(inputs_.front()->size(), in_sequence ? 0 : limit)) {
        if (in_sequence && limit > 0 && limit < indices_.size()) indices_.resize(limit);
    }

    size_t size() const override { return indices_.size(); }
    std::vector<ir::Tensor> load(size_t index) const override {
        std::vector<ir::Tensor> sample;
        for (const auto& input : inputs_) sample.push_back(input->load(indices_.at(index)));
        return sample;
    }
    std::string name(size_t index) const override { return inputs_.front()->name(indices_.at(index)); }

  private:
    std::vector<std::unique_ptr<InputSource>> inputs_;
    std::vector<size_t> indices_;
};

std::string known_inputs(std::string_view word, const std::vector<std::string>& names) {
    std::string hint = did_you_mean(word, names);
    if (!hint.empty()) return hint;
    for (const std::string& name : names) hint += (hint.empty() ? "inputs: `" : ", `") + name + "`";
    return hint;
}

/// One array per input, by name.
std::vector<std::unique_ptr<InputSource>> open_npz(const std::string& path, const std::vector<InputSpec>& specs) {
    std::map<std::string, ir::Tensor> arrays = formats::read_npz(path);
    std::vector<std::string> names;
    for (const InputSpec& spec : specs) names.push_back(spec.name);
    for (const auto& [name, array] : arrays)
        if (std::find(names.begin(), names.end(), name) == names.end())
            throw Error(path, "array `" + name + "` is not an input of the model", known_inputs(name, names));
    std::vector<std::unique_ptr<InputSource>> sources;
    for (const InputSpec& spec : specs) {
        const auto found = arrays.find(spec.name);
        if (found == arrays.end()) throw Error(path, "there is no array for input `" + spec.name + "`");
        sources.push_back(array_source(std::move(found->second), path + "[" + spec.name + "]", spec));
    }
    return sources;
}

/// One path per input, by name; an .npz may bring the array of that name.
std::vector<std::unique_ptr<InputSource>> open_by_name(const std::map<std::string, std::string>& paths,
                                                       const std::vector<InputSpec>& specs) {
    std::vector<std::string> names;
    for (const InputSpec& spec : specs) names.push_back(spec.name);
    for (const auto& [name, path] : paths)
        if (std::find(names.begin(), names.end(), name) == names.end())
            throw Error(path, "the model has no input `" + name + "`", known_inputs(name, names));
    std::vector<std::unique_ptr<InputSource>> sources;
    for (const InputSpec& spec : specs) {
        const auto found = paths.find(spec.name);
        if (found == paths.end()) throw Error("", "no data is given for input `" + spec.name + "`");
        sources.push_back(npz_or_path_source(found->second, spec));
    }
    return sources;
}

}  // namespace

std::unique_ptr<SampleSource> open_samples(const ir::Graph& graph, const std::map<std::string, std::string>& paths,
                                           const Preprocessing& preprocessing, size_t limit) {
    if (graph.inputs.empty()) throw Error(graph.name, "the model has no inputs");
    if (paths.empty()) throw Error(graph.name, "no data is given");
    std::vector<InputSpec> specs;
    std::vector<std::string> names;
    for (const ir::ValueId id : graph.inputs) {
        const ir::Value& value = graph.value(id);
        specs.push_back({value.name, value.type, value.shape, &preprocessing});
        names.push_back(value.name);
    }
    std::vector<std::unique_ptr<InputSource>> sources;
    const auto unnamed = paths.find("");
    if (unnamed == paths.end()) {
        sources = open_by_name(paths, specs);
    } else {
        const std::string& path = unnamed->second;
        if (paths.size() > 1) throw Error(path, "data without an input's name beside data with one");
        if (has_extension(path, ".npz"))
            sources = open_npz(path, specs);
        else if (specs.size() == 1)
            sources.push_back(path_source(path, specs.front()));
        else
            throw Error(path, "the model has " + std::to_string(specs.size()) + " inputs: give data for each by name",
                        known_inputs("", names));
    }
    for (size_t i = 1; i < sources.size(); ++i)
        if (sources[i]->size() != sources[0]->size())
            throw Error(sources[i]->name(0), "input `" + names[i] + "` has " + std::to_string(sources[i]->size()) +
                                                 " samples, input `" + names[0] + "` has " +
                                                 std::to_string(sources[0]->size()));
    return std::make_unique<GraphSamples>(std::move(sources), limit, !graph.states.empty());
}

}  // namespace tinamix::data
