// tmx check: does this machine compute, bit for bit, what the converter's simulation computed?
#include <stdio.h>
#include <string.h>

#include "tool/commands.h"
#include "tool/golden_check.h"
#include "tool/golden_file.h"
#include "tool/json_writer.h"
#include "tool/npy.h"
#include "tool/session.h"
#include "tool/similarity.h"
#include "tool/tensor_text.h"
#include "tool/text_table.h"

namespace tmx::tool {
namespace {

constexpr size_t kHeadingsToFloat = 3;

void cells_to_float(const Similarity& similarity, TextTable* table) {
    table->cell_format("%.6f", similarity.cosine);
    table->cell_format("%.1f", similarity.snr_db);
    table->cell_format("%.6g", similarity.max_abs);
}

void write_text(const GoldenCheck& check, const char* golden_path, Text* out) {
    const Session& session = check.session();
    const Array<CheckedTensor>& checked_tensors = check.tensors();
    const Array<Similarity>& similarities = check.outputs();
    static constexpr const char* kTensorHeadings[] = {
        ">op", "layer", "tensor", "stored as", "kernel", "result", ">cosine to float", ">SNR dB", ">max abs error"};
    const bool layers_to_float = check.has_float_layers();
    TextTable tensors(kTensorHeadings,
                      sizeof(kTensorHeadings) / sizeof(*kTensorHeadings) - (layers_to_float ? 0 : kHeadingsToFloat));
    Text shape;
    for (size_t i = 0; i < checked_tensors.size(); ++i) {
        const CheckedTensor& checked = checked_tensors[i];
        const tmx_tensor tensor = session.tensor(checked.tensor);
        if (checked.op >= 0) {
            tensors.cell_format("%ld", static_cast<long>(checked.op));
        } else {
            tensors.cell("-");
        }
        tensors.cell(check.layer_of(checked));
        tensors.cell(tensor.name);
        shape.clear();
        shape.format("%s ", type_name(tensor.type));
        append_shape(&shape, tensor.shape, tensor.rank);
        tensors.cell(shape.c_str());
        tensors.cell(checked.op >= 0 ? session.op(checked.op).kernel : "-");
        tensors.cell(checked.exact()                              ? "exact"
                     : checked.npu                                ? "NPU"
                     : checked.op == CheckedTensor::kNeverWritten ? "NOT WRITTEN"
                                                                  : "DIFFERS");
        if (checked.has_similarity()) {
            cells_to_float(checked.to_float, &tensors);
        } else if (layers_to_float) {
            for (size_t k = 0; k < kHeadingsToFloat; ++k) tensors.cell("-");
        }
    }
    tensors.append_to(out);

    static constexpr const char* kOutputHeadings[] = {"output", "ONNX shape", ">cosine to float", ">SNR dB",
                                                      ">max abs error"};
    TextTable outputs(kOutputHeadings, sizeof(kOutputHeadings) / sizeof(*kOutputHeadings));
    for (size_t i = 0; i < similarities.size(); ++i) {
        const tmx_tensor tensor = session.output(static_cast<int32_t>(i));
        outputs.cell(tensor.name);
        shape.clear();
        append_shape(&shape, tensor.onnx_shape, tensor.rank);
        outputs.cell(shape.c_str());
        cells_to_float(similarities[i], &outputs);
    }
    out->append('\n');
    outputs.append_to(out);
    out->append('\n');
    out->append_printable(session.path());
    out->append(" against ");
    out->append_printable(golden_path);
    out->append(", kernels ");
    out->append_printable(session.info().isa);
    const unsigned long total = static_cast<unsigned long>(checked_tensors.size());
    if (const CheckedTensor* first = check.first_differing()) {
        out->format(": %lu of %lu tensors differ, the first in layer `", static_cast<unsigned long>(check.differing()),
                    total);
        out->append_printable(check.layer_of(*first));
        out->append("` (tensor `");
        out->append_printable(session.tensor(first->tensor).name);
        out->append("`)");
    } else {
        const unsigned long npu = static_cast<unsigned long>(check.from_npu());
        out->format(": all %lu tensors exact", total - npu);
        if (npu != 0) out->format(", %lu behind the NPU", npu);
        if (check.far_off() >= 0) {
            out->append(", output `");
            out->append_printable(session.output(check.far_off()).name);
            out->format("` less than cosine %.2f to the float network", kMinNpuCosine);
        }
    }
    if (check.unchecked() > 0) out->format(", %lu without a digest", static_cast<unsigned long>(check.unchecked()));
    out->append('\n');
}

void write_similarity(const Similarity& similarity, JsonWriter* json) {
    json->member_real("cosine", similarity.cosine);
    json->member_real("snr_db", similarity.snr_db);  // null for equal tensors
    json->member_real("max_abs", similarity.max_abs);
}

void write_json(const GoldenCheck& check, const char* golden_path, uint32_t frame, uint32_t frames, Text* out) {
    const Session& session = check.session();
    JsonWriter json(out);
    json.begin_object();
    write_model_members(&json, session);
    json.member("golden", golden_path);
    json.member_unsigned("frame", frame);
    json.member_unsigned("frames", frames);
    json.member_boolean("exact", check.differing() == 0);
    json.member_boolean("good", check.good());
    json.member_unsigned("from_npu", check.from_npu());
    json.member_unsigned("tensor_count", check.tensors().size());
    json.member_unsigned("differing", check.differing());
    json.member_unsigned("unchecked", check.unchecked());
    if (const CheckedTensor* first = check.first_differing()) {
        json.member("first_differing_layer", check.layer_of(*first));
        json.member("first_differing_tensor", session.tensor(first->tensor).name);
    }
    json.key("tensors");
    json.begin_array();
    for (size_t i = 0; i < check.tensors().size(); ++i) {
        const CheckedTensor& checked = check.tensors()[i];
        if (checked.npu && !checked.exact()) continue;  // counted in from_npu
        json.begin_object();
        json.member("name", session.tensor(checked.tensor).name);
        json.member("layer", check.layer_of(checked));
        json.member_integer("op", checked.op >= 0 ? checked.op : -1);
        json.member_boolean("exact", checked.exact());
        if (checked.has_similarity()) write_similarity(checked.to_float, &json);
        json.end_object();
    }
    json.end_array();
    json.key("outputs");
    json.begin_array();
    for (size_t i = 0; i < check.outputs().size(); ++i) {
        json.begin_object();
        json.member("name", session.output(static_cast<int32_t>(i)).name);
        write_similarity(check.outputs()[i], &json);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

int run_check(const Arguments& arguments) {
    const char* golden_path = arguments.positional(1);
    Session session;
    int status = session.open(arguments, arguments.positional(0));
    if (status != kExitOk) return status;
    GoldenFile file;
    Text error;
    if (!file.open(golden_path, &error) || !file.belongs_to(session, golden_path, &error)) {
        report_error(arguments, "%s", error.c_str());
        return kExitFailed;
    }
    tmx_reset_state(session.model());
    for (uint32_t i = 0;; ++i) {
        GoldenCheck check(session, file.frame(i));
        status = check.run();
        if (status != kExitOk) return status;
        const bool last = i + 1 == file.frame_count();
        if (check.good() && !last) continue;
        // The first frame that differs, or the last one.
        Text out;
        if (arguments.has("--json")) {
            write_json(check, golden_path, i, file.frame_count(), &out);
        } else {
            write_text(check, golden_path, &out);
            if (file.frame_count() > 1) {
                out.format("this is frame %lu of %lu%s\n", static_cast<unsigned long>(i + 1),
                           static_cast<unsigned long>(file.frame_count()),
                           check.good() ? "; those before were exact too" : ", the first that differs");
            }
        }
        fputs(out.c_str(), stdout);
        return check.good() ? kExitOk : kExitFailed;
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
    "which layer differs first. Then, for every output, and for every layer where the golden file has its float\n"
    "values (`tinamix golden --float-layers`), how close it is to the float32 network. A golden file of another\n"
    "model, or one with a changed byte, is refused. Exit status 1 when any tensor differs. What an NPU computes\n"
    "cannot be exact: outputs behind it must reach cosine 0.98 to the float32 network.",
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
