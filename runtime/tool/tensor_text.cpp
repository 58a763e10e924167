// Shapes and sizes as text and JSON; see tensor_text.h.
#include "tool/tensor_text.h"

#include "tool/npy.h"

namespace tmx::tool {

void append_shape(Text* out, const int32_t* shape, int32_t rank) {
    if (rank == 0) out->append("scalar");
    for (int32_t i = 0; i < rank; ++i) out->format(i == 0 ? "%ld" : "x%ld", static_cast<long>(shape[i]));
}

const char* precision_name(tmx_precision precision) {
    switch (precision) {
        case TMX_W8A8:
            return "w8a8";
        case TMX_W8A16:
            return "w8a16";
        case TMX_W16A16:
            return "w16a16";
        case TMX_F32:
            return "f32";
    }
    return "unknown";
}

void append_bytes(Text* out, uint64_t bytes) {
    out->format("%llu", static_cast<unsigned long long>(bytes));
    const double kib = static_cast<double>(bytes) / 1024;
    if (kib >= 1024) {
        out->format(" (%.1f MiB)", kib / 1024);
    } else if (kib >= 1) {
        out->format(" (%.1f KiB)", kib);
    }
}

void append_milliseconds(Text* out, double nanoseconds) { out->format("%.3f ms", nanoseconds / 1e6); }

void append_op_shapes(Text* out, const Session& session, const tmx_op& op) {
    if (op.input_count > 0) {
        const tmx_tensor input = session.tensor(op.inputs[0]);
        append_shape(out, input.shape, input.rank);
        out->append(" -> ");
    }
    if (op.output_count > 0) {
        const tmx_tensor output = session.tensor(op.outputs[0]);
        append_shape(out, output.shape, output.rank);
    }
}

void write_model_members(JsonWriter* json, const Session& session) {
    const tmx_info& info = session.info();
    json->member("model", session.path());
    json->member("producer", info.producer);
    json->member("runtime", tmx_version());
    json->member("target", info.target);
    json->member("isa", info.isa);
    json->member_integer("threads", info.threads);
    Text checksum;  // a 64-bit number would lose bits in readers that keep numbers as doubles
    checksum.format("%016llx", static_cast<unsigned long long>(info.checksum));
    json->member("checksum", checksum.c_str());
}

void append_unread_packings(Text* out, const tmx_info& info) {
    out->format("%ld convolution%s run%s the slow reference: the file is packed for %s, which %s kernels do not read",
                static_cast<long>(info.unread_packings), info.unread_packings == 1 ? "" : "s",
                info.unread_packings == 1 ? "s" : "", info.target, info.isa);
}

void write_op_members(JsonWriter* json, const Session& session, int32_t index) {
    const tmx_op op = session.op(index);
    json->member_integer("index", index);
    json->member("layer", op.layer);
    json->member("onnx_type", op.onnx_type);
    json->member("type", op.type);
    json->member("kernel", op.kernel);
    json->member("role", op.role == TMX_WITH_NPU ? "with_npu" : op.role == TMX_WITHOUT_NPU ? "without_npu" : "always");
    json->member("precision", precision_name(op.precision));
    json->member_unsigned("macs", op.macs);
    const int32_t* const lists[] = {op.inputs, op.outputs};
    const int32_t counts[] = {op.input_count, op.output_count};
    const char* const keys[] = {"inputs", "outputs"};
    for (int side = 0; side < 2; ++side) {
        json->key(keys[side]);
        json->begin_array();
        for (int32_t i = 0; i < counts[side]; ++i) {
            const tmx_tensor tensor = session.tensor(lists[side][i]);
            json->begin_object();
            json->member("name", tensor.name);
            json->member("type", type_name(tensor.type));
            json->key("shape");
            json->integers(tensor.shape, static_cast<size_t>(tensor.rank));
            json->end_object();
        }
        json->end_array();
    }
}

void write_interface_tensor(JsonWriter* json, const tmx_tensor& tensor) {
    json->begin_object();
    json->member("name", tensor.name);
    json->member("type", type_name(tensor.type));
    json->key("onnx_shape");
    json->integers(tensor.onnx_shape, static_cast<size_t>(tensor.rank));
    json->key("shape");
    json->integers(tensor.shape, static_cast<size_t>(tensor.rank));
    json->member_real("scale", static_cast<double>(tensor.scale));
    json->member_integer("zero_point", tensor.zero_point);
    json->member_unsigned("bytes", tensor.bytes);
    json->end_object();
}

}  // namespace tmx::tool
