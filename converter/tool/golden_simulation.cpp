#include "tool/golden_simulation.h"

#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "golden_generated.h"

namespace tinamix::tool {
namespace {

namespace format = tmx::format;
using Arrays = flatbuffers::Vector<flatbuffers::Offset<format::GoldenArray>>;
using Digests = flatbuffers::Vector<flatbuffers::Offset<format::GoldenDigest>>;

/// One run of the model: the file itself holds the first.
struct Frame {
    const Arrays &inputs, &float_outputs;
    const Digests& digests;
};

Frame frame_of(const std::string& bytes, uint32_t index) {
    const format::Golden& golden = *format::GetGolden(bytes.data());
    if (index == 0) return {*golden.inputs(), *golden.float_outputs(), *golden.digests()};
    const format::GoldenFrame& frame = *golden.more_frames()->Get(index - 1);
    return {*frame.inputs(), *frame.float_outputs(), *frame.digests()};
}

std::vector<float> floats(const flatbuffers::Vector<float>& values) { return {values.begin(), values.end()}; }

}  // namespace

GoldenSimulation::GoldenSimulation(const std::string& model, const std::string& golden, int threads)
    : path_(golden), bytes_(formats::read_file(golden)), simulation_(model, threads) {
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes_.data()), bytes_.size());
    if (!format::VerifyGoldenBuffer(verifier)) throw Error(path_, "is not a golden file");
    const tmx_info& info = simulation_.info();
    bool fits = format::GetGolden(bytes_.data())->model_checksum() == info.checksum;
    for (uint32_t i = 0; fits && i < frames(); ++i) {
        const Frame frame = frame_of(bytes_, i);
        fits = frame.inputs.size() == static_cast<uint32_t>(info.input_count) &&
               frame.float_outputs.size() == static_cast<uint32_t>(info.output_count);
        for (const format::GoldenDigest* digest : frame.digests) {
            fits = fits && digest->tensor() < static_cast<uint32_t>(info.tensor_count);
        }
    }
    if (!fits) throw Error(path_, "belongs to another model than " + model, "`tinamix golden` makes one");
}

uint32_t GoldenSimulation::frames() const {
    const auto* more = format::GetGolden(bytes_.data())->more_frames();
    return more == nullptr ? 1 : 1 + more->size();
}

GoldenSimulation::Result GoldenSimulation::run(uint32_t frame) {
    simulation_.reset_states();
    Result result;
    for (uint32_t i = 0; i <= frame; ++i) {
        const Frame now = frame_of(bytes_, i);
        for (uint32_t k = 0; k < now.inputs.size(); ++k) {
            const format::GoldenArray& input = *now.inputs.Get(k);
            simulation_.set_input(
                static_cast<int32_t>(k),
                ir::Tensor::from(ir::Shape(input.shape()->begin(), input.shape()->end()), floats(*input.values())));
        }
        if (i < frame) {
            simulation_.run();
            continue;
        }
        std::map<int32_t, const flatbuffers::Vector<float>*> expected;
        for (const format::GoldenDigest* digest : now.digests) {
            if (digest->float_values() != nullptr) {
                expected[static_cast<int32_t>(digest->tensor())] = digest->float_values();
            }
        }
        simulation_.run([&](int32_t op) {
            for (const int32_t tensor : simulation_.visible_after(op)) {
                const auto found = expected.find(tensor);
                if (found == expected.end()) continue;
                const std::string name = simulation_.tensor(tensor).name;
                result.layers[name] =
                    report::similarity(floats(*found->second), simulation_.values(tensor).to_floats(), name);
            }
        });
        for (uint32_t k = 0; k < now.float_outputs.size(); ++k) {
            const auto index = static_cast<int32_t>(k);
            result.outputs.push_back(report::similarity(floats(*now.float_outputs.Get(k)->values()),
                                                        simulation_.output_values(index).to_floats(),
                                                        simulation_.output(index).name));
        }
    }
    return result;
}

}  // namespace tinamix::tool
