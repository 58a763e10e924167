// The run behind `tmx check` and `tmx install`; see golden_check.h.
#include "tool/golden_check.h"

#include <string.h>

namespace tmx::tool {
namespace {

constexpr int32_t kModelInput = CheckedTensor::kModelInput;
constexpr int32_t kNeverWritten = CheckedTensor::kNeverWritten;

}  // namespace

GoldenCheck::GoldenCheck(const Session& session, const GoldenFrame& frame) : session_(session), frame_(frame) {
    const tmx_info& info = session.info();
    // Who writes the memory that a tensor shows: the last op that names it or an alias of it.
    Array<int32_t> writer;
    for (int32_t i = 0; i < info.tensor_count; ++i) writer.push(kNeverWritten);
    const auto owner_of = [&session](int32_t tensor) {
        const int32_t alias = session.tensor(tensor).alias_of;
        return static_cast<size_t>(alias < 0 ? tensor : alias);
    };
    for (int32_t i = 0; i < info.input_count; ++i) {
        writer[owner_of(tmx_input_tensor_index(session.model(), i))] = kModelInput;
    }
    // The way through NPU sections that this run will take.
    const tmx_role not_taken = info.npu_active > 0 ? TMX_WITHOUT_NPU : TMX_WITH_NPU;
    Array<bool> npu;
    npu.resize(static_cast<size_t>(info.tensor_count));
    for (int32_t i = 0; i < info.op_count; ++i) {
        const tmx_op op = session.op(i);
        if (op.role == not_taken) {
            for (int32_t k = 0; k < op.output_count && not_taken == TMX_WITHOUT_NPU; ++k)
                npu[owner_of(op.outputs[k])] = true;
            continue;
        }
        bool from_npu = strcmp(op.type, "NpuCall") == 0;
        for (int32_t k = 0; k < op.input_count; ++k) from_npu = from_npu || npu[owner_of(op.inputs[k])];
        for (int32_t k = 0; k < op.output_count; ++k) {
            writer[owner_of(op.outputs[k])] = i;
            npu[owner_of(op.outputs[k])] = from_npu;
        }
    }
    for (int32_t op = kNeverWritten; op < info.op_count; ++op) {
        for (const format::GoldenDigest* digest : *frame_.digests) {
            const int32_t tensor = static_cast<int32_t>(digest->tensor());
            if (writer[owner_of(tensor)] != op) continue;
            tensors_.push({tensor, op, digest->digest(), 0, digest->float_values(), {}, npu[owner_of(tensor)]});
        }
    }
}

void GoldenCheck::digest_after(int32_t op) {
    for (size_t i = 0; i < tensors_.size(); ++i) {
        if (tensors_[i].op != op) continue;
        CheckedTensor& checked = tensors_[i];
        const tmx_tensor tensor = session_.tensor(checked.tensor);
        checked.actual = tmx_digest(tensor.data, tensor.bytes);
        if (checked.float_values == nullptr) continue;
        values_.resize(tensor.elements);
        const tmx_status got = tmx_tensor_get_f32(session_.model(), checked.tensor, values_.data(), values_.size());
        if (got != TMX_OK) observed_ = got;
        checked.to_float = similarity(values_.data(), checked.float_values->data(), values_.size());
    }
}

void GoldenCheck::observe(void* user, const tmx_model*, int32_t op_index, uint64_t) {
    static_cast<GoldenCheck*>(user)->digest_after(op_index);
}

int GoldenCheck::run() {
    const tmx_info& info = session_.info();
    for (int32_t i = 0; i < info.input_count; ++i) {
        const auto& values = *frame_.inputs->Get(static_cast<flatbuffers::uoffset_t>(i))->values();
        const tmx_status status = tmx_input_set_f32(session_.model(), i, values.data(), values.size());
        if (status != TMX_OK) return session_.report(status);
    }
    digest_after(kModelInput);
    tmx_set_observer(session_.model(), observe, this, 0);
    const tmx_status status = tmx_run(session_.model());
    tmx_set_observer(session_.model(), nullptr, nullptr, 0);
    if (status != TMX_OK) return session_.report(status);
    if (observed_ != TMX_OK) return session_.report(observed_);
    for (int32_t i = 0; i < info.output_count; ++i) {
        const auto& expected = *frame_.float_outputs->Get(static_cast<flatbuffers::uoffset_t>(i))->values();
        values_.resize(expected.size());
        const tmx_status got = tmx_output_get_f32(session_.model(), i, values_.data(), values_.size());
        if (got != TMX_OK) return session_.report(got);
        outputs_.push(similarity(values_.data(), expected.data(), values_.size()));
    }
    return kExitOk;
}

size_t GoldenCheck::differing() const {
    size_t count = 0;
    for (size_t i = 0; i < tensors_.size(); ++i) count += tensors_[i].differs() ? 1 : 0;
    return count;
}

size_t GoldenCheck::from_npu() const {
    size_t count = 0;
    for (size_t i = 0; i < tensors_.size(); ++i) count += tensors_[i].npu ? 1 : 0;
    return count;
}

int32_t GoldenCheck::far_off() const {
    if (from_npu() == 0) return -1;
    for (size_t i = 0; i < outputs_.size(); ++i) {
        if (!(outputs_[i].cosine >= kMinNpuCosine)) return static_cast<int32_t>(i);
    }
    return -1;
}

size_t GoldenCheck::unchecked() const {
    Array<bool> has_digest;
    has_digest.resize(static_cast<size_t>(session_.info().tensor_count));
    for (size_t i = 0; i < tensors_.size(); ++i) has_digest[static_cast<size_t>(tensors_[i].tensor)] = true;
    size_t count = 0;
    for (int32_t i = 0; i < session_.info().op_count; ++i) {
        const tmx_op op = session_.op(i);
        if (op.role == TMX_WITH_NPU) continue;  // the host has none
        for (int32_t k = 0; k < op.output_count; ++k) count += has_digest[static_cast<size_t>(op.outputs[k])] ? 0 : 1;
    }
    return count;
}

bool GoldenCheck::has_float_layers() const {
    for (size_t i = 0; i < tensors_.size(); ++i) {
        if (tensors_[i].float_values != nullptr) return true;
    }
    return false;
}

const CheckedTensor* GoldenCheck::first_differing() const {
    for (size_t i = 0; i < tensors_.size(); ++i) {
        if (tensors_[i].differs()) return &tensors_[i];
    }
    return nullptr;
}

const char* GoldenCheck::layer_of(const CheckedTensor& checked) const {
    return checked.op == kModelInput     ? "(input)"
           : checked.op == kNeverWritten ? "(none)"
                                         : session_.op(checked.op).layer;
}

}  // namespace tmx::tool
