// Reading the --input files; see run_inputs.h.
#include "tool/run_inputs.h"

#include <string.h>

#include "tool/npy.h"
#include "tool/tensor_text.h"

namespace tmx::tool {
namespace {

bool same_shape(const int32_t* a, const int32_t* b, int32_t rank) {
    return rank == 0 || memcmp(a, b, static_cast<size_t>(rank) * sizeof(*a)) == 0;
}

}  // namespace

int RunInputs::check_count() const {
    const Arguments& arguments = session_.arguments();
    const size_t given = arguments.count("--input");
    const int32_t wanted = session_.info().input_count;
    if (given == static_cast<size_t>(wanted)) return kExitOk;
    Text names;
    for (int32_t i = 0; i < wanted; ++i) {
        names.append(i == 0 ? "" : ", ");
        names.append_printable(session_.input(i).name);
    }
    report_error(arguments, "%s has %ld inputs (%s), but --input is given %lu times", session_.path(),
                 static_cast<long>(wanted), names.c_str(), static_cast<unsigned long>(given));
    return kExitUsage;
}

int RunInputs::read_file(int32_t input, bool allow_frames) {
    const Arguments& arguments = session_.arguments();
    const char* file = arguments.value("--input", static_cast<size_t>(input));
    const tmx_tensor tensor = session_.input(input);
    NpyArray array;
    Text error;
    if (!read_npy(file, &array, &error)) {
        report_error(arguments, "%s", error.c_str());
        return kExitFailed;
    }
    const int32_t* shape = raw_ ? tensor.shape : tensor.onnx_shape;
    const tmx_type type = raw_ ? tensor.type : TMX_FLOAT32;
    const bool one = array.rank == tensor.rank && same_shape(array.shape, shape, array.rank);
    const bool frames = allow_frames && array.rank == tensor.rank + 1 && array.shape[0] > 0 &&
                        same_shape(array.shape + 1, shape, tensor.rank);
    if (array.type != type || !(one || frames)) {
        Text message;
        message.format("%s: holds %s ", file, type_name(array.type));
        append_shape(&message, array.shape, array.rank);
        message.append(", but input `");
        message.append_printable(tensor.name);
        message.format("` takes %s ", type_name(type));
        append_shape(&message, shape, tensor.rank);
        if (raw_) message.append(" (as stored, because of --raw)");
        report_error(arguments, "%s", message.c_str());
        return kExitFailed;
    }
    const size_t runs = frames ? static_cast<size_t>(array.shape[0]) : 1;
    if (input > 0 && (frames != are_frames_ || runs != runs_)) {
        report_error(arguments, "%s: does not hold as many frames as %s", file, arguments.value("--input", 0));
        return kExitFailed;
    }
    are_frames_ = frames;
    runs_ = runs;
    const size_t bytes = array.elements * element_bytes(type);
    const size_t offset = bytes_.size();
    bytes_.resize(offset + bytes);
    memcpy(bytes_.data() + offset, array.data, bytes);
    parts_.push({offset, bytes / runs});
    return kExitOk;
}

int RunInputs::read(bool allow_frames) {
    const int status = check_count();
    if (status != kExitOk) return status;
    for (int32_t i = 0; i < session_.info().input_count; ++i) {
        const int read = read_file(i, allow_frames);
        if (read != kExitOk) return read;
    }
    return kExitOk;
}

int RunInputs::set(size_t run) const {
    for (int32_t i = 0; i < session_.info().input_count; ++i) {
        const Part& part = parts_[static_cast<size_t>(i)];
        const uint8_t* bytes = bytes_.data() + part.offset + run * part.bytes_per_run;
        if (raw_) {
            memcpy(session_.input(i).data, bytes, part.bytes_per_run);
            continue;
        }
        const tmx_status status = tmx_input_set_f32(session_.model(), i, reinterpret_cast<const float*>(bytes),
                                                    part.bytes_per_run / sizeof(float));
        if (status != TMX_OK) return session_.report(status);
    }
    return kExitOk;
}

}  // namespace tmx::tool
