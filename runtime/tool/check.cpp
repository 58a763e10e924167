// tmx check: does this machine compute, bit for bit, what the converter's simulation computed?
#include <stdio.h>
#include <string.h>

#include "tool/commands.h"
#include "tool/golden_file.h"
#include "tool/json_writer.h"
#include "tool/npy.h"
#include "tool/session.h"
#include "tool/similarity.h"
#include "tool/tensor_text.h"
#include "tool/text_table.h"

namespace tmx::tool {
namespace {

constexpr int32_t kModelInput = -1;  ///< in place of an op: the tensor is an input, or shows one
constexpr int32_t kNeverWritten = -2;

/// One digest of the golden file and what this run made of it.
struct CheckedTensor {
    int32_t tensor;
    int32_t op;  ///< that writes it
    uint64_t expected, actual;
    bool exact() const { return op != kNeverWritten && expected == actual; }
};

class Check {
  public:
    Check(const Session& session, const GoldenFrame& frame);
    /// Sets the inputs, runs, and takes every digest right after the op that writes the tensor.
    int run();

    size_t differing() const;
    /// Outputs of ops that the golden file has no digest of.
    size_t unchecked() const;
    /// The first in execution order, or null.
    const CheckedTensor* first_differing() const;
    void write_text(const char* golden_path, Text* out) const;
    void write_json(const char* golden_path, uint32_t frame, uint32_t frames, Text* out) const;

  private:
    static void observe(void* user, const tmx_model* model, int32_t op_index, uint64_t nanoseconds);
    void digest_after(int32_t op);
    const char* layer_of(const CheckedTensor& checked) const;

    const Session& session_;
    GoldenFrame frame_;
    Array<CheckedTensor> tensors_;  ///< in execution order
    Array<Similarity> outputs_;
};

Check::Check(const Session& session, const GoldenFrame& frame) : session_(session), frame_(frame) {
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
    for (int32_t i = 0; i < info.op_count; ++i) {
        const tmx_op op = session.op(i);
        for (int32_t k = 0; k < op.output_count; ++k) writer[owner_of(op.outputs[k])] = i;
    }
    for (int32_t op = kNeverWritten; op < info.op_count; ++op) {
        for (const format::GoldenDigest* digest : *frame_.digests) {
            const int32_t tensor = static_cast<int32_t>(digest->tensor());
            if (writer[owner_of(tensor)] == op) tensors_.push({tensor, op, digest->digest(), 0});
        }
    }
}

void Check::digest_after(int32_t op) {
    for (size_t i = 0; i < tensors_.size(); ++i) {
        if (tensors_[i].op != op) continue;
        const tmx_tensor tensor = session_.tensor(tensors_[i].tensor);
        tensors_[i].actual = tmx_digest(tensor.data, tensor.bytes);
    }
}

void Check::observe(void* user, const tmx_model*, int32_t op_index, uint64_t) {
    static_cast<Check*>(user)->digest_after(op_index);
}

int Check::run() {
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
    Array<float> actual;
    for (int32_t i = 0; i < info.output_count; ++i) {
        const auto& expected = *frame_.float_outputs->Get(static_cast<flatbuffers::uoffset_t>(i))->values();
        actual.resize(expected.size());
        const tmx_status got = tmx_output_get_f32(session_.model(), i, actual.data(), actual.size());
        if (got != TMX_OK) return session_.report(got);
        outputs_.push(similarity(actual.data(), expected.data(), actual.size()));
    }
    return kExitOk;
}

size_t Check::differing() const {
    size_t count = 0;
    for (size_t i = 0; i < tensors_.size(); ++i) count += tensors_[i].exact() ? 0 : 1;
    return count;
}

size_t Check::unchecked() const {
    Array<bool> has_digest;
    has_digest.resize(static_cast<size_t>(session_.info().tensor_count));
    for (size_t i = 0; i < tensors_.size(); ++i) has_digest[static_cast<size_t>(tensors_[i].tensor)] = true;
    size_t count = 0;
    for (int32_t i = 0; i < session_.info().op_count; ++i) {
        const tmx_op op = session_.op(i);
        for (int32_t k = 0; k < op.output_count; ++k) count += has_digest[static_cast<size_t>(op.outputs[k])] ? 0 : 1;
    }
    return count;
}

const CheckedTensor* Check::first_differing() const {
    for (size_t i = 0; i < tensors_.size(); ++i) {
        if (!tensors_[i].exact()) return &tensors_[i];
    }
    return nullptr;
}

const char* Check::layer_of(const CheckedTensor& checked) const {
    return checked.op == kModelInput     ? "(input)"
           : checked.op == kNeverWritten ? "(none)"
                                         : session_.op(checked.op).layer;
}

void Check::write_text(const char* golden_path, Text* out) const {
    static constexpr const char* kTensorHeadings[] = {">op", "layer", "tensor", "stored as", "kernel", "result"};
    TextTable tensors(kTensorHeadings, sizeof(kTensorHeadings) / sizeof(*kTensorHeadings));
    Text shape;
    for (size_t i = 0; i < tensors_.size(); ++i) {
        const CheckedTensor& checked = tensors_[i];
        const tmx_tensor tensor = session_.tensor(checked.tensor);
        if (checked.op >= 0) {
            tensors.cell_format("%ld", static_cast<long>(checked.op));
        } else {
            tensors.cell("-");
        }
        tensors.cell(layer_of(checked));
        tensors.cell(tensor.name);
        shape.clear();
        shape.format("%s ", type_name(tensor.type));
        append_shape(&shape, tensor.shape, tensor.rank);
        tensors.cell(shape.c_str());
        tensors.cell(checked.op >= 0 ? session_.op(checked.op).kernel : "-");
        tensors.cell(checked.exact() ? "exact" : checked.op == kNeverWritten ? "NOT WRITTEN" : "DIFFERS");
    }
    tensors.append_to(out);

    static constexpr const char* kOutputHeadings[] = {"output", "ONNX shape", ">cosine to float", ">max abs error"};
    TextTable outputs(kOutputHeadings, sizeof(kOutputHeadings) / sizeof(*kOutputHeadings));
    for (size_t i = 0; i < outputs_.size(); ++i) {
        const tmx_tensor tensor = session_.output(static_cast<int32_t>(i));
        outputs.cell(tensor.name);
        shape.clear();
        append_shape(&shape, tensor.onnx_shape, tensor.rank);
        outputs.cell(shape.c_str());
        outputs.cell_format("%.6f", outputs_[i].cosine);
        outputs.cell_format("%.6g", outputs_[i].max_abs);
    }
    out->append('\n');
    outputs.append_to(out);
    out->append('\n');
    out->append_printable(session_.path());
    out->append(" against ");
    out->append_printable(golden_path);
    out->append(", kernels ");
    out->append_printable(session_.info().isa);
    const unsigned long total = static_cast<unsigned long>(tensors_.size());
    if (const CheckedTensor* first = first_differing()) {
        out->format(": %lu of %lu tensors differ, the first in layer `", static_cast<unsigned long>(differing()),
                    total);
        out->append_printable(layer_of(*first));
        out->append("` (tensor `");
        out->append_printable(session_.tensor(first->tensor).name);
        out->append("`)");
    } else {
        out->format(": all %lu tensors exact", total);
    }
    if (unchecked() > 0) out->format(", %lu without a digest", static_cast<unsigned long>(unchecked()));
    out->append('\n');
}

void Check::write_json(const char* golden_path, uint32_t frame, uint32_t frames, Text* out) const {
    JsonWriter json(out);
    json.begin_object();
    write_model_members(&json, session_);
    json.member("golden", golden_path);
    json.member_unsigned("frame", frame);
    json.member_unsigned("frames", frames);
    json.member_boolean("exact", differing() == 0);
    json.member_unsigned("tensor_count", tensors_.size());
    json.member_unsigned("differing", differing());
    json.member_unsigned("unchecked", unchecked());
    if (const CheckedTensor* first = first_differing()) {
        json.member("first_differing_layer", layer_of(*first));
        json.member("first_differing_tensor", session_.tensor(first->tensor).name);
    }
    json.key("tensors");
    json.begin_array();
    for (size_t i = 0; i < tensors_.size(); ++i) {
        const CheckedTensor& checked = tensors_[i];
        json.begin_object();
        json.member("name", session_.tensor(checked.tensor).name);
        json.member("layer", layer_of(checked));
        json.member_integer("op", checked.op >= 0 ? checked.op : -1);
        json.member_boolean("exact", checked.exact());
        json.end_object();
    }
    json.end_array();
    json.key("outputs");
    json.begin_array();
    for (size_t i = 0; i < outputs_.size(); ++i) {
        json.begin_object();
        json.member("name", session_.output(static_cast<int32_t>(i)).name);
        json.member_real("cosine", outputs_[i].cosine);
        json.member_real("max_abs", outputs_[i].max_abs);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

int run_check(const Arguments& arguments) {
    const char* golden_path = arguments.positional(1);
    Session session;
    int status = session.open(arguments);
    if (status != kExitOk) return status;
    GoldenFile file;
    Text error;
    if (!file.open(golden_path, &error) || !file.belongs_to(session, golden_path, &error)) {
        report_error(arguments, "%s", error.c_str());
        return kExitFailed;
    }
    tmx_reset_state(session.model());
    for (uint32_t i = 0;; ++i) {
        Check check(session, file.frame(i));
        status = check.run();
        if (status != kExitOk) return status;
        const bool last = i + 1 == file.frame_count();
        if (check.differing() == 0 && !last) continue;
        // The first frame that differs, or the last one.
        Text out;
        if (arguments.has("--json")) {
            check.write_json(golden_path, i, file.frame_count(), &out);
        } else {
            check.write_text(golden_path, &out);
            if (file.frame_count() > 1) {
                out.format("this is frame %lu of %lu%s\n", static_cast<unsigned long>(i + 1),
                           static_cast<unsigned long>(file.frame_count()),
                           check.differing() == 0 ? "; those before were exact too" : ", the first that differs");
            }
        }
        fputs(out.c_str(), stdout);
        return check.differing() == 0 ? kExitOk : kExitFailed;
    }
}

constexpr const char* kPositionals[] = {"MODEL.tmx", "MODEL.golden"};
constexpr Option kOptions[] = {
    kThreadsOption,
    {"--json", nullptr, "print JSON", false, false},
};

}  // namespace

const Command kCheckCommand = {
    "check",
    "compare every tensor with what the converter's simulation computed",
    "Runs the model on the inputs of the golden file (made on the host by `tinamix golden`) and compares the\n"
    "digest of every tensor, right after its op, with the one of the host's simulation: exact or not, and\n"
    "which layer differs first. Then, for every output, how close it is to the float32 network. A golden file\n"
    "of another model, or one with a changed byte, is refused. Exit status 1 when any tensor differs.",
    kPositionals,
    2,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tinamix golden net.onnx net.tmx --input picture.npy -o net.golden    # on the host\n"
    "  tmx check net.tmx net.golden\n"
    "  TMX_KERNELS=reference tmx check net.tmx net.golden --threads 2 --json",
    run_check,
};

}  // namespace tmx::tool
