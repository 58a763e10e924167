// tmx info: what a model file holds and which kernels run it here.
#include <stdio.h>
#include <string.h>

#include "tool/commands.h"
#include "tool/json_writer.h"
#include "tool/npy.h"
#include "tool/session.h"
#include "tool/tensor_text.h"
#include "tool/text_table.h"

namespace tmx::tool {
namespace {

/// Of one run: of the two ways through a section for an NPU, only the one that it takes.
uint64_t total_macs(const Session& session) {
    const tmx_role not_taken = session.info().npu_active > 0 ? TMX_WITHOUT_NPU : TMX_WITH_NPU;
    uint64_t macs = 0;
    for (int32_t i = 0; i < session.info().op_count; ++i) {
        if (session.op(i).role != not_taken) macs += session.op(i).macs;
    }
    return macs;
}

void write_json(const Session& session, Text* out) {
    const tmx_info& info = session.info();
    JsonWriter json(out);
    json.begin_object();
    write_model_members(&json, session);
    json.member("settings", info.settings);
    json.member_unsigned("file_bytes", info.file_bytes);
    json.member_unsigned("weights_bytes", info.weights_bytes);
    json.member_unsigned("arena_bytes", info.arena_bytes);
    json.member_unsigned("macs", total_macs(session));
    json.member_integer("unread_packings", info.unread_packings);
    json.member_unsigned("model_version", info.model_version);
    Text key;
    if (info.key_id != 0) key.format("%016llx", static_cast<unsigned long long>(info.key_id));
    json.member("key", key.c_str());
    json.member_unsigned("npu_target", info.npu_target);
    json.member_integer("npu_sections", info.npu_sections);
    json.member_integer("npu_active", info.npu_active);
    json.member("npu", info.npu);
    json.key("inputs");
    json.begin_array();
    for (int32_t i = 0; i < info.input_count; ++i) write_interface_tensor(&json, session.input(i));
    json.end_array();
    json.key("outputs");
    json.begin_array();
    for (int32_t i = 0; i < info.output_count; ++i) write_interface_tensor(&json, session.output(i));
    json.end_array();
    json.member_integer("tensor_count", info.tensor_count);
    json.key("ops");
    json.begin_array();
    for (int32_t i = 0; i < info.op_count; ++i) {
        json.begin_object();
        write_op_members(&json, session, i);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

void append_interface(const Session& session, Text* out) {
    static constexpr const char* kHeadings[] = {"", "name", "ONNX shape", "stored as", "scale", ">zero point"};
    TextTable table(kHeadings, sizeof(kHeadings) / sizeof(*kHeadings));
    const tmx_info& info = session.info();
    for (int32_t i = 0; i < info.input_count + info.output_count; ++i) {
        const bool is_input = i < info.input_count;
        const int32_t index = is_input ? i : i - info.input_count;
        const tmx_tensor tensor = is_input ? session.input(index) : session.output(index);
        table.cell_format("%s %ld", is_input ? "input" : "output", static_cast<long>(index));
        table.cell(tensor.name);
        Text shape;
        append_shape(&shape, tensor.onnx_shape, tensor.rank);
        table.cell(shape.c_str());
        shape.clear();
        shape.format("%s ", type_name(tensor.type));
        append_shape(&shape, tensor.shape, tensor.rank);
        table.cell(shape.c_str());
        table.cell_format("%.9g", static_cast<double>(tensor.scale));
        table.cell_format("%ld", static_cast<long>(tensor.zero_point));
    }
    table.append_to(out);
}

void append_ops(const Session& session, Text* out) {
    static constexpr const char* kHeadings[] = {">op", "layer", "ONNX", "precision", "shapes", ">MACs", "kernel"};
    TextTable table(kHeadings, sizeof(kHeadings) / sizeof(*kHeadings));
    Text shapes;
    for (int32_t i = 0; i < session.info().op_count; ++i) {
        const tmx_op op = session.op(i);
        table.cell_format("%ld", static_cast<long>(i));
        table.cell(op.layer);
        table.cell(op.onnx_type);
        table.cell(precision_name(op.precision));
        shapes.clear();
        append_op_shapes(&shapes, session, op);
        table.cell(shapes.c_str());
        table.cell_format("%llu", static_cast<unsigned long long>(op.macs));
        table.cell(op.kernel);
    }
    table.append_to(out);
}

void write_text(const Session& session, Text* out) {
    const tmx_info& info = session.info();
    const auto line = [out](const char* key, const char* value) {
        out->format("%-10s", key);
        out->append_printable(value);
        out->append('\n');
    };
    const auto bytes = [out](const char* key, uint64_t value) {
        out->format("%-10s", key);
        append_bytes(out, value);
        out->append('\n');
    };
    line("model", session.path());
    line("producer", info.producer);
    line("target", info.target);
    line("kernels", info.isa);
    if (info.unread_packings != 0) {
        Text packings;
        append_unread_packings(&packings, info);
        line("packing", packings.c_str());
    }
    if (info.npu_sections != 0) {
        out->format("%-10s%ld of %ld sections for target 0x%lX: ", "NPU", static_cast<long>(info.npu_active),
                    static_cast<long>(info.npu_sections), static_cast<unsigned long>(info.npu_target));
        out->append_printable(info.npu);
        out->append('\n');
    }
    out->format("%-10s%016llx\n", "checksum", static_cast<unsigned long long>(info.checksum));
    if (info.model_version != 0) out->format("%-10s%lu\n", "version", static_cast<unsigned long>(info.model_version));
    if (info.key_id != 0) out->format("%-10skey %016llx\n", "signed", static_cast<unsigned long long>(info.key_id));
    bytes("file", info.file_bytes);
    bytes("weights", info.weights_bytes);
    bytes("arena", info.arena_bytes);
    out->format("%-10s%llu\n", "MACs", static_cast<unsigned long long>(total_macs(session)));
    if (info.settings[0] != '\0') line("settings", info.settings);
    out->append('\n');
    append_interface(session, out);
    out->append('\n');
    append_ops(session, out);
}

int run_info(const Arguments& arguments) {
    Session session;
    const int status = session.open(arguments, arguments.positional(0));
    if (status != kExitOk) return status;
    Text out;
    if (arguments.has("--json")) {
        write_json(session, &out);
    } else {
        write_text(session, &out);
    }
    fputs(out.c_str(), stdout);
    return kExitOk;
}

constexpr const char* kPositionals[] = {"MODEL.tmx"};
constexpr Option kOptions[] = {
    {"--json", nullptr, "print JSON", false, false},
};

}  // namespace

const Command kInfoCommand = {
    "info",
    "show what a model file holds and which kernels run it here",
    "Opens the model as for a run (checksum, verifier, kernel choice) and prints its producer and target,\n"
    "its inputs and outputs at the ONNX interface, its ops in execution order with the kernel chosen for\n"
    "each on this processor, and its sizes. The arena is all the memory a run needs beside the file.",
    kPositionals,
    1,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx info net.tmx\n"
    "  tmx info net.tmx --json | jq '.ops[] | select(.precision == \"w16a16\") | .layer'",
    run_info,
};

}  // namespace tmx::tool
