#include "search/variant.h"

#include <algorithm>

#include "model_file.h"
#include "pack/lowered_model.h"

namespace tinamix::search {

namespace fb = tmx::format;

namespace {

/// Bytes whose digest says whether two things are the same.
class Description {
  public:
    template <typename T>
    void add(T value) {
        static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
        const auto* raw = reinterpret_cast<const uint8_t*>(&value);
        bytes_.insert(bytes_.end(), raw, raw + sizeof(T));
    }
    void add_bytes(const void* data, size_t count) {
        add(count);
        const auto* raw = static_cast<const uint8_t*>(data);
        bytes_.insert(bytes_.end(), raw, raw + count);
    }
    Identity digest() const { return std::max<Identity>(tmx::xxh64(bytes_.data(), bytes_.size()), 1); }

  private:
    std::vector<uint8_t> bytes_;
};

/// The form of a tensor as an op sees it.
void describe(Description& description, const fb::TensorT& tensor) {
    description.add(tensor.type);
    description.add_bytes(tensor.shape.data(), tensor.shape.size() * sizeof(int32_t));
    description.add(tensor.scale);
    description.add(tensor.zero_point);
}

int64_t elements(const fb::TensorT& tensor) {
    int64_t count = 1;
    for (const int32_t dimension : tensor.shape) count *= dimension;
    return count;
}

/// An element that is moved or looked up costs about as much as this many multiplications.
constexpr int64_t kWorkPerElement = 16;

class Builder {
  public:
    explicit Builder(const fb::ModelT& model) : model_(model) {
        const size_t count = model.tensors.size();
        result_.owners.resize(count);
        for (size_t i = 0; i < count; ++i) {
            const fb::TensorT& tensor = *model.tensors[i];
            result_.owner_of.push_back(tensor.alias_of < 0 ? static_cast<int32_t>(i) : tensor.alias_of);
            result_.names.push_back(tensor.name);
        }
    }

    Variant build() {
        for (size_t i = 0; i < model_.inputs.size(); ++i) {
            Description description;
            description.add(i);
            describe(description, *model_.tensors[static_cast<size_t>(model_.inputs[i])]);
            owner(model_.inputs[i]) = {description.digest(), -1};
        }
        for (const auto& op : model_.ops) add(*op);
        result_.inputs = model_.inputs;
        result_.outputs = model_.outputs;
        result_.arena_bytes = model_.arena_bytes;
        result_.weights_bytes = model_.weights_bytes;
        result_.works = cost::works_of(model_);
        flatbuffers::FlatBufferBuilder builder;
        fb::FinishModelBuffer(builder, fb::Model::Pack(builder, &model_));
        result_.graph.assign(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
        return std::move(result_);
    }

  private:
    const fb::TensorT& tensor(int32_t index) const { return *model_.tensors[static_cast<size_t>(index)]; }
    bool is_constant(int32_t index) const { return tensor(index).storage == fb::Storage::Constant; }
    Variant::Owner& owner(int32_t index) {
        return result_.owners[static_cast<size_t>(result_.owner_of[static_cast<size_t>(index)])];
    }

    void add(const fb::OpT& op) {
        flatbuffers::FlatBufferBuilder options;
        options.Finish(flatbuffers::Offset<void>(op.options.Pack(options)));
        Description description;
        description.add(op.options.type);
        description.add(op.precision);
        description.add_bytes(options.GetBufferPointer(), options.GetSize());
        Variant::Op result;
        for (const int32_t input : op.inputs) {
            describe(description, tensor(input));
            description.add(is_constant(input) ? tensor(input).offset : owner(input).identity);
            result.work += kWorkPerElement * elements(tensor(input));
            if (!is_constant(input)) result.inputs.push_back(result_.owner_of[static_cast<size_t>(input)]);
        }
        for (const int32_t output : op.outputs) {
            describe(description, tensor(output));
            result.work += kWorkPerElement * elements(tensor(output));
        }
        result.identity = description.digest();
        result.work += static_cast<int64_t>(op.macs);
        const auto index = static_cast<int32_t>(result_.ops.size());
        for (size_t i = 0; i < op.outputs.size(); ++i) {
            Description output;
            output.add(result.identity);
            output.add(i);
            owner(op.outputs[i]) = {output.digest(), index};
            result.outputs.push_back(result_.owner_of[static_cast<size_t>(op.outputs[i])]);
        }
        result_.ops.push_back(std::move(result));
    }

    const fb::ModelT& model_;
    Variant result_;
};

}  // namespace

int32_t Variant::find(const std::string& name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int32_t>(found - names.begin());
}

Variant make_variant(const ir::Graph& graph, const quantize::Plan& plan, const pack::Target& target,
                     pack::WeightSegment& weights, pack::PackedLayers& layers) {
    const fb::ModelT model = pack::lowered_model(graph, plan, target, "", weights, &layers);
    return Builder(model).build();
}

}  // namespace tinamix::search
