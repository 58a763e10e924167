#include "pack/npu_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "diagnostics/error.h"
#include "pack/layout.h"
#include "pack/lowering.h"
#include "pack/model_image.h"

namespace tinamix::pack {

namespace fb = tmx::format;

namespace {

/// NPUs read memory in place from here (runtime/npu/viplite.h).
constexpr uint64_t kArenaAlignment = 256;
constexpr size_t kMostInputs = 16, kMostOutputs = 8;
constexpr int32_t kUint8Offset = 128;

/// Ops [first, end).
struct Range {
    size_t first, end;
    bool holds(size_t op) const { return op >= first && op < end; }
};

struct Border {
    int32_t tensor;         ///< of the model, under its ONNX name
    std::vector<int> axes;  ///< stored dimension i is ONNX dimension axes[i]
};

struct Borders {
    std::vector<Border> inputs, outputs;
};

std::vector<std::string> layer_names(const fb::ModelT& model) {
    std::vector<std::string> names;
    for (const auto& op : model.ops) names.push_back(op->layer);
    return names;
}

Range range_of(const fb::ModelT& model, const std::string& first, const std::string& last) {
    const std::vector<std::string> names = layer_names(model);
    const auto begin = std::find(names.begin(), names.end(), first);
    const auto end = std::find(names.rbegin(), names.rend(), last);
    for (const auto& [name, found] : {std::pair{first, begin != names.end()}, std::pair{last, end != names.rend()}}) {
        if (found) continue;
        const std::string near = did_you_mean(name, names);
        throw Error("--section", fmt::format("the model has no layer `{}`", name),
                    near.empty() ? "`tinamix inspect MODEL.tmx` lists them" : near);
    }
    const Range range{static_cast<size_t>(begin - names.begin()), static_cast<size_t>(names.rend() - end)};
    if (range.first >= range.end) throw Error("--section", fmt::format("`{}` runs after `{}`", first, last));
    for (const auto& section : model.sections) {
        const size_t section_end = section->first_op + section->op_count;
        if (section->device == fb::Device::Cpu && range.first >= section->first_op && range.end <= section_end) {
            return range;
        }
    }
    throw Error("--section",
                fmt::format("`{}` to `{}` reaches into a section that is for the NPU already", first, last));
}

size_t owner(const fb::ModelT& model, int32_t tensor) {
    const int32_t alias = model.tensors[static_cast<size_t>(tensor)]->alias_of;
    return static_cast<size_t>(alias < 0 ? tensor : alias);
}

/// Order of a tensor without ONNX name, "x#int8": that of the tensor it is made of, where it is stored the same way.
std::vector<int> axes_of(const fb::ModelT& model, const fb::TensorT& tensor) {
    std::vector<int> axes(tensor.onnx_axes.begin(), tensor.onnx_axes.end());
    const std::string base = tensor.name.substr(0, tensor.name.find('#'));
    for (const auto& other : model.tensors) {
        if (!axes.empty() || !tensor.derived) break;
        if (other->name == base && other->shape == tensor.shape)
            axes.assign(other->onnx_axes.begin(), other->onnx_axes.end());
    }
    if (axes.empty()) {
        axes.resize(tensor.shape.size());
        std::iota(axes.begin(), axes.end(), 0);
    }
    return axes;
}

/// The name under which people know the memory of `tensor`: its own, or that of an ONNX tensor that shows it.
int32_t known_tensor(const fb::ModelT& model, int32_t tensor) {
    if (!model.tensors[static_cast<size_t>(tensor)]->derived) return tensor;
    for (size_t i = 0; i < model.tensors.size(); ++i) {
        if (!model.tensors[i]->derived && owner(model, static_cast<int32_t>(i)) == owner(model, tensor)) {
            return static_cast<int32_t>(i);
        }
    }
    return tensor;
}

Borders borders_of(const fb::ModelT& model, const Range& range) {
    std::set<size_t> written, read_outside, seen;
    for (size_t i = 0; i < model.ops.size(); ++i) {
        for (const int32_t tensor : model.ops[i]->outputs) {
            if (range.holds(i)) written.insert(owner(model, tensor));
        }
        for (const int32_t tensor : model.ops[i]->inputs) {
            if (!range.holds(i)) read_outside.insert(owner(model, tensor));
        }
    }
    for (const int32_t tensor : model.outputs) read_outside.insert(owner(model, tensor));
    for (const fb::State& state : model.states) read_outside.insert(owner(model, state.output()));
    Borders borders;
    const auto add = [&](std::vector<Border>& list, int32_t tensor) {
        if (!seen.insert(owner(model, tensor)).second) return;
        const int32_t known = known_tensor(model, tensor);
        list.push_back({known, axes_of(model, *model.tensors[static_cast<size_t>(known)])});
    };
    for (size_t i = range.first; i < range.end; ++i) {
        for (const int32_t tensor : model.ops[i]->inputs) {
            const size_t memory = owner(model, tensor);
            const bool constant = model.tensors[memory]->storage == fb::Storage::Constant;
            if (!constant && written.count(memory) == 0) add(borders.inputs, tensor);
        }
    }
    for (size_t i = range.first; i < range.end; ++i) {
        for (const int32_t tensor : model.ops[i]->outputs) {
            if (read_outside.count(owner(model, tensor)) != 0) add(borders.outputs, tensor);
        }
    }
    return borders;
}

ir::Shape onnx_shape(const fb::TensorT& tensor, const std::vector<int>& axes) {
    ir::Shape shape(tensor.shape.size());
    for (size_t i = 0; i < shape.size(); ++i) shape[static_cast<size_t>(axes[i])] = tensor.shape[i];
    return shape;
}

const char* type_text(fb::DataType type) {
    return type == fb::DataType::Int8    ? "int8"
           : type == fb::DataType::Int16 ? "int16"
           : type == fb::DataType::Int32 ? "int32"
                                         : "float32";
}

fb::Precision mover_precision(fb::DataType type) {
    return type == fb::DataType::Int8    ? fb::Precision::W8A8
           : type == fb::DataType::Int16 ? fb::Precision::W16A16
                                         : fb::Precision::F32;
}

/// Type, quantization and order of a border in the NBG.
struct Form {
    fb::DataType type;
    float scale;
    int32_t zero_point;
    bool as_uint8;
    bool onnx_order;
};

Form own_form(const fb::TensorT& tensor, bool as_uint8) {
    return {tensor.type, tensor.scale, tensor.zero_point, as_uint8 && tensor.type == fb::DataType::Int8, true};
}

Form form_in(const NbgBorder& border, const fb::TensorT& tensor, const std::vector<int>& axes,
             const std::string& where) {
    Form form{};
    form.type = border.type == NbgType::kInt16     ? fb::DataType::Int16
                : border.type == NbgType::kFloat32 ? fb::DataType::Float32
                                                   : fb::DataType::Int8;
    form.as_uint8 = border.type == NbgType::kUInt8;
    form.scale = border.scale;
    form.zero_point = border.zero_point - (form.as_uint8 ? kUint8Offset : 0);
    const ir::Shape onnx = onnx_shape(tensor, axes), stored(tensor.shape.begin(), tensor.shape.end());
    if (border.shape != onnx && border.shape != stored) {
        throw Error(where, fmt::format("`{}` is {} in the NBG, `{}` is {} in the model", border.name,
                                       ir::shape_text(border.shape), tensor.name, ir::shape_text(onnx)));
    }
    form.onnx_order = border.shape == onnx && !(border.shape == stored && border.channels_last);
    return form;
}

/// Makes the ops of the way over the NPU.
class NpuPath {
  public:
    NpuPath(fb::ModelT& model, std::vector<std::unique_ptr<fb::OpT>>& ops) : model_(model), ops_(ops) {}

    /// The tensor that the NPU reads for `border`; ops in front bring it into `form`.
    int32_t bring(const Border& border, const Form& form, NpuBorder& report) {
        int32_t tensor = border.tensor;
        const fb::TensorT& source = at(tensor);
        if (differs(source, form)) {
            const int32_t changed = derive(source.name + "#npu_codes", source.shape, form);
            convert(tensor, changed, report);
            tensor = changed;
        }
        if (form.onnx_order && !std::is_sorted(border.axes.begin(), border.axes.end())) {
            const fb::TensorT& now = at(tensor);
            const int32_t turned = derive(source.name + "#npu", turned_shape(now, border.axes), form);
            transpose(tensor, turned, inverse(border.axes), report);
            tensor = turned;
        }
        return tensor;
    }

    /// The tensor that the NPU writes for `border`; `behind` gets the ops that make the border of it.
    int32_t fetch(const Border& border, const Form& form, NpuBorder& report) {
        const bool turns = form.onnx_order && !std::is_sorted(border.axes.begin(), border.axes.end());
        const bool converts = differs(at(border.tensor), form);
        if (!turns && !converts) return border.tensor;
        const std::string name = at(border.tensor).name;
        const std::vector<int32_t> stored = at(border.tensor).shape;
        const int32_t raw = derive(name + "#npu", turns ? turned_shape(at(border.tensor), border.axes) : stored, form);
        int32_t tensor = raw;
        if (turns) {
            const int32_t turned = converts ? derive(name + "#npu_codes", stored, form) : border.tensor;
            pending_.push_back(
                [this, tensor, turned, axes = border.axes, &report] { transpose(tensor, turned, axes, report); });
            tensor = turned;
        }
        if (converts) {
            pending_.push_back([this, tensor, to = border.tensor, &report] { convert(tensor, to, report); });
        }
        return raw;
    }

    void call(const std::string& layer, fb::NpuCallT options, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
              uint64_t macs) {
        const fb::Precision precision = mover_precision(at(outputs.front()).type);
        emit(layer, "NPU", precision, std::move(options), std::move(inputs), std::move(outputs)).macs = macs;
        for (const auto& emit_pending : pending_) emit_pending();
        pending_.clear();
    }

  private:
    fb::TensorT& at(int32_t tensor) { return *model_.tensors[static_cast<size_t>(tensor)]; }

    static bool differs(const fb::TensorT& tensor, const Form& form) {
        return tensor.type != form.type || tensor.scale != form.scale || tensor.zero_point != form.zero_point;
    }

    static std::vector<int> inverse(const std::vector<int>& axes) {
        std::vector<int> result(axes.size());
        for (size_t i = 0; i < axes.size(); ++i) result[static_cast<size_t>(axes[i])] = static_cast<int>(i);
        return result;
    }

    static std::vector<int32_t> turned_shape(const fb::TensorT& stored, const std::vector<int>& axes) {
        std::vector<int32_t> shape(axes.size());
        for (size_t i = 0; i < axes.size(); ++i) shape[static_cast<size_t>(axes[i])] = stored.shape[i];
        return shape;
    }

    int32_t derive(const std::string& name, const std::vector<int32_t>& shape, const Form& form) {
        auto tensor = std::make_unique<fb::TensorT>();
        tensor->name = name;
        tensor->type = form.type;
        tensor->shape = shape;
        tensor->scale = form.scale;
        tensor->zero_point = form.zero_point;
        tensor->storage = fb::Storage::Arena;
        tensor->derived = true;
        model_.tensors.push_back(std::move(tensor));
        return static_cast<int32_t>(model_.tensors.size()) - 1;
    }

    template <typename OptionsT>
    fb::OpT& emit(const std::string& layer, const std::string& onnx_type, fb::Precision precision, OptionsT options,
                  std::vector<int32_t> inputs, std::vector<int32_t> outputs) {
        auto op = std::make_unique<fb::OpT>();
        op->layer = layer;
        op->onnx_type = onnx_type;
        op->precision = precision;
        op->options.Set(std::move(options));
        op->inputs = std::move(inputs);
        op->outputs = std::move(outputs);
        ops_.push_back(std::move(op));
        return *ops_.back();
    }

    void transpose(int32_t from, int32_t to, const std::vector<int>& axes, NpuBorder& report) {
        fb::TransposeT options;
        options.axes.assign(axes.begin(), axes.end());
        report.conversions.emplace_back("Transpose");
        emit(at(to).name + "#transpose", "Transpose", mover_precision(at(to).type), std::move(options), {from}, {to});
    }

    void convert(int32_t from, int32_t to, NpuBorder& report) {
        const fb::TensorT &source = at(from), &result = at(to);
        const std::string layer = result.name + "#convert";
        if (result.type == fb::DataType::Float32) {
            report.conversions.emplace_back("Dequantize");
            emit(layer, "Dequantize", fb::Precision::F32, fb::DequantizeT{}, {from}, {to});
        } else if (source.type == fb::DataType::Float32) {
            fb::QuantizeT options;
            options.inverse_scale = static_cast<float>(1.0 / static_cast<double>(result.scale));
            report.conversions.emplace_back("Quantize");
            emit(layer, "Quantize", mover_precision(result.type), options, {from}, {to});
        } else {
            const quantize::CodeRange codes = quantize::code_range(number_format(result.type));
            fb::RequantizeT options;
            options.rescale =
                std::make_unique<fb::Rescale>(rescale_option(static_cast<double>(source.scale) / result.scale));
            options.clamp_min = codes.min;
            options.clamp_max = codes.max;
            report.conversions.emplace_back("Requantize");
            emit(layer, "Requantize", mover_precision(result.type), std::move(options), {from}, {to});
        }
    }

    fb::ModelT& model_;
    std::vector<std::unique_ptr<fb::OpT>>& ops_;
    std::vector<std::function<void()>> pending_;  ///< ops behind the call
};

NpuBorder report_of(const fb::ModelT& model, const Border& border, const Form& form) {
    const fb::TensorT& tensor = *model.tensors[static_cast<size_t>(border.tensor)];
    NpuBorder report;
    report.tensor = tensor.name;
    report.shape =
        form.onnx_order ? onnx_shape(tensor, border.axes) : ir::Shape(tensor.shape.begin(), tensor.shape.end());
    report.type = form.as_uint8 ? "uint8" : type_text(form.type);
    report.scale = form.scale;
    report.zero_point = form.zero_point + (form.as_uint8 ? kUint8Offset : 0);
    return report;
}

std::string names_of(const fb::ModelT& model, const std::vector<Border>& borders) {
    std::string names;
    for (const Border& border : borders) {
        names +=
            fmt::format("{}`{}`", names.empty() ? "" : ", ", model.tensors[static_cast<size_t>(border.tensor)]->name);
    }
    return names;
}

void check_counts(const fb::ModelT& model, const Borders& borders, const Nbg& nbg) {
    const auto check = [&](const char* what, const std::vector<Border>& list, uint32_t count, size_t most) {
        if (list.size() > most || list.empty()) {
            throw Error("--section", fmt::format("has {} {}s ({}), an NPU section has 1 to {}", list.size(), what,
                                                 names_of(model, list), most));
        }
        if (list.size() != count) {
            throw Error(
                nbg.path,
                fmt::format("has {} {}s, the section has {}: {}", count, what, list.size(), names_of(model, list)),
                "`tinamix cut` with the same --section makes the network to compile");
        }
        for (const Border& border : list) {
            const fb::TensorT& tensor = *model.tensors[static_cast<size_t>(border.tensor)];
            if (tensor.type == fb::DataType::Int32) {
                throw Error("--section", fmt::format("`{}` at its border holds indices (int32)", tensor.name),
                            "let the section begin behind it or end in front of it");
            }
        }
    };
    check("input", borders.inputs, nbg.header.inputs, kMostInputs);
    check("output", borders.outputs, nbg.header.outputs, kMostOutputs);
}

/// The NBG's borders in the model's order: by name where all names are the model's, otherwise as they stand.
std::vector<const NbgBorder*> in_order(const fb::ModelT& model, const std::vector<Border>& borders,
                                       const std::vector<NbgBorder>& described) {
    std::vector<const NbgBorder*> result;
    for (size_t i = 0; i < borders.size(); ++i) {
        const std::string& name = model.tensors[static_cast<size_t>(borders[i].tensor)]->name;
        const auto same = std::find_if(described.begin(), described.end(),
                                       [&](const NbgBorder& border) { return border.name == name; });
        // The order of the file is the driver's: a name elsewhere means that the two differ.
        if (same != described.end() && static_cast<size_t>(same - described.begin()) != i) {
            throw Error("--meta",
                        fmt::format("`{}` is number {} of the NBG, of the section it is number {}", name,
                                    same - described.begin(), i),
                        "`tinamix cut` gives the order to keep");
        }
        result.push_back(&described[i]);
    }
    return result;
}

std::vector<Form> forms_of(const fb::ModelT& model, const std::vector<Border>& borders,
                           const std::vector<NbgBorder>* described, const NpuSection& section) {
    std::vector<const NbgBorder*> metas(borders.size(), nullptr);
    if (described != nullptr) metas = in_order(model, borders, *described);
    std::vector<Form> forms;
    for (size_t i = 0; i < borders.size(); ++i) {
        const fb::TensorT& tensor = *model.tensors[static_cast<size_t>(borders[i].tensor)];
        forms.push_back(metas[i] == nullptr ? own_form(tensor, section.as_uint8)
                                            : form_in(*metas[i], tensor, borders[i].axes, "--meta"));
    }
    return forms;
}

std::unique_ptr<fb::SectionT> new_section(fb::Device device, size_t first, size_t count, size_t copy) {
    auto section = std::make_unique<fb::SectionT>();
    section->device = device;
    section->first_op = static_cast<uint32_t>(first);
    section->op_count = static_cast<uint32_t>(count);
    section->cpu_copy_ops = static_cast<uint32_t>(copy);
    return section;
}

/// Splits the section that held `range`, of which `path` ops for the NPU and `copy` ops for the CPU have become.
void split_sections(fb::ModelT& model, const Range& range, size_t path, size_t copy) {
    std::vector<std::unique_ptr<fb::SectionT>> sections;
    size_t next = 0;
    const auto add = [&](fb::Device device, size_t count, size_t copies) {
        if (count != 0) sections.push_back(new_section(device, next, count, copies));
        next += count;
    };
    for (const auto& section : model.sections) {
        const size_t first = section->first_op, end = first + section->op_count;
        if (range.first < first || range.first >= end) {
            add(section->device, section->op_count, section->cpu_copy_ops);
            continue;
        }
        add(fb::Device::Cpu, range.first - first, 0);
        add(fb::Device::Npu, path + copy, copy);
        add(fb::Device::Cpu, end - range.end, 0);
    }
    model.sections = std::move(sections);
}

}  // namespace

NpuSectionReport npu_borders(const fb::ModelT& model, const std::string& first, const std::string& last) {
    const Range range = range_of(model, first, last);
    const Borders borders = borders_of(model, range);
    NpuSectionReport report;
    report.first_op = static_cast<int>(range.first);
    report.ops = static_cast<int>(range.end - range.first);
    for (size_t i = range.first; i < range.end; ++i) report.macs += model.ops[i]->macs;
    const auto describe = [&](const std::vector<Border>& list) {
        std::vector<NpuBorder> reports;
        for (const Border& border : list) {
            const Form form = own_form(*model.tensors[static_cast<size_t>(border.tensor)], false);
            reports.push_back(report_of(model, border, form));
        }
        return reports;
    };
    report.inputs = describe(borders.inputs);
    report.outputs = describe(borders.outputs);
    return report;
}

NpuSectionReport add_npu_section(ModelParts& parts, const NpuSection& section, const Nbg& nbg) {
    fb::ModelT& model = parts.model;
    const Range range = range_of(model, section.first, section.last);
    const Borders borders = borders_of(model, range);
    check_counts(model, borders, nbg);
    if (model.npu_target != 0 && model.npu_target != nbg.header.target) {
        throw Error(nbg.path, fmt::format("is for target 0x{:X}, another section of the model for 0x{:X}",
                                          nbg.header.target, model.npu_target));
    }
    const std::vector<Form> inputs = forms_of(model, borders.inputs, nbg.meta ? &nbg.meta->inputs : nullptr, section);
    const std::vector<Form> outputs =
        forms_of(model, borders.outputs, nbg.meta ? &nbg.meta->outputs : nullptr, section);

    NpuSectionReport report = npu_borders(model, section.first, section.last);
    std::vector<std::unique_ptr<fb::OpT>> path;
    NpuPath way(model, path);
    fb::NpuCallT call;
    call.nbg = std::make_unique<fb::Span>(add_to_weights(parts, nbg.bytes));
    std::vector<int32_t> read, written;
    for (size_t i = 0; i < inputs.size(); ++i) {
        report.inputs[i] = report_of(model, borders.inputs[i], inputs[i]);
        read.push_back(way.bring(borders.inputs[i], inputs[i], report.inputs[i]));
        if (inputs[i].as_uint8) call.uint8_inputs |= 1U << i;
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
        report.outputs[i] = report_of(model, borders.outputs[i], outputs[i]);
        written.push_back(way.fetch(borders.outputs[i], outputs[i], report.outputs[i]));
        if (outputs[i].as_uint8) call.uint8_outputs |= 1U << i;
    }
    way.call(fmt::format("{}..{}", section.first, section.last), std::move(call), read, written, report.macs);

    const size_t path_ops = path.size(), copy_ops = section.cpu_copy ? range.end - range.first : 0;
    auto& ops = model.ops;
    if (!section.cpu_copy) {
        ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(range.first),
                  ops.begin() + static_cast<std::ptrdiff_t>(range.end));
    }
    ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(range.first), std::make_move_iterator(path.begin()),
               std::make_move_iterator(path.end()));
    split_sections(model, range, path_ops, copy_ops);
    model.npu_target = nbg.header.target;
    drop_unused(parts);
    place_in_arena(model, kArenaAlignment);
    return report;
}

}  // namespace tinamix::pack
