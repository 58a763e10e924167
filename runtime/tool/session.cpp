// Opening a model and setting its inputs; see session.h.
#include "tool/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool/npy.h"
#include "tool/tensor_text.h"

namespace tmx::tool {
namespace {

/// xorshift32 (Marsaglia 2003): the same bytes on every machine.
uint32_t next_random(uint32_t* state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

bool same_shape(const int32_t* a, const int32_t* b, int32_t rank) {
    return rank == 0 || memcmp(a, b, static_cast<size_t>(rank) * sizeof(*a)) == 0;
}

}  // namespace

uint64_t now_nanoseconds() {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000U + static_cast<uint64_t>(now.tv_nsec);
}

Session::~Session() {
    if (model_ != nullptr) tmx_model_close(model_);
}

int Session::report(tmx_status status) const {
    const char* message = tmx_last_error(model_);
    const bool names_file = strstr(message, path()) != nullptr;
    report_error(*arguments_, "%s%s%s (%s)", names_file ? "" : path(), names_file ? "" : ": ", message,
                 tmx_status_name(status));
    return kExitFailed;
}

int Session::open(const Arguments& arguments, const char* path) {
    arguments_ = &arguments;
    path_ = path;
    int64_t threads = 1;
    if (!arguments.integer("--threads", 1, kMaxThreads, &threads)) return kExitUsage;
    tmx_options options;
    tmx_options_init(&options);
    options.threads = static_cast<int32_t>(threads);
    const uint64_t start = now_nanoseconds();
    const tmx_status status = tmx_model_open(path, &options, &model_);
    load_nanoseconds_ = now_nanoseconds() - start;
    if (status != TMX_OK) {
        model_ = nullptr;
        return report(status);
    }
    tmx_model_info(model_, &info_);
    if (info_.unread_packings != 0 && strcmp(arguments.command().name, "info") != 0) {
        Text note;
        append_unread_packings(&note, info_);
        report_error(arguments, "note: %s", note.c_str());
    }
    return kExitOk;
}

tmx_tensor Session::tensor(int32_t index) const {
    tmx_tensor tensor;
    const tmx_status status = tmx_model_tensor(model_, index, &tensor);
    if (status != TMX_OK) exit(report(status));
    return tensor;
}

tmx_op Session::op(int32_t index) const {
    tmx_op op;
    const tmx_status status = tmx_model_op(model_, index, &op);
    if (status != TMX_OK) exit(report(status));
    return op;
}

int Session::set_inputs(bool raw) {
    const size_t given = arguments_->count("--input");
    if (given != static_cast<size_t>(info_.input_count)) {
        Text names;
        for (int32_t i = 0; i < info_.input_count; ++i) {
            names.append(i == 0 ? "" : ", ");
            names.append_printable(input(i).name);
        }
        report_error(*arguments_, "%s has %ld inputs (%s), but --input is given %lu times", path(),
                     static_cast<long>(info_.input_count), names.c_str(), static_cast<unsigned long>(given));
        return kExitUsage;
    }
    for (int32_t i = 0; i < info_.input_count; ++i) {
        const char* file = arguments_->value("--input", static_cast<size_t>(i));
        const tmx_tensor tensor = input(i);
        NpyArray array;
        Text error;
        if (!read_npy(file, &array, &error)) {
            report_error(*arguments_, "%s", error.c_str());
            return kExitFailed;
        }
        const int32_t* shape = raw ? tensor.shape : tensor.onnx_shape;
        const tmx_type type = raw ? tensor.type : TMX_FLOAT32;
        if (array.type != type || array.rank != tensor.rank || !same_shape(array.shape, shape, array.rank)) {
            Text message;
            message.format("%s: holds %s ", file, type_name(array.type));
            append_shape(&message, array.shape, array.rank);
            message.append(", but input `");
            message.append_printable(tensor.name);
            message.format("` takes %s ", type_name(type));
            append_shape(&message, shape, tensor.rank);
            if (raw) message.append(" (as stored, because of --raw)");
            report_error(*arguments_, "%s", message.c_str());
            return kExitFailed;
        }
        if (raw) {
            memcpy(tensor.data, array.data, tensor.bytes);
            continue;
        }
        const tmx_status status =
            tmx_input_set_f32(model_, i, reinterpret_cast<const float*>(array.data), array.elements);
        if (status != TMX_OK) return report(status);
    }
    return kExitOk;
}

void Session::set_pattern() {
    uint32_t state = 0x9E3779B9U;
    for (int32_t i = 0; i < info_.input_count; ++i) {
        const tmx_tensor tensor = input(i);
        if (tensor.type == TMX_FLOAT32) {
            float* values = static_cast<float*>(tensor.data);
            for (size_t k = 0; k < tensor.elements; ++k) {
                values[k] = static_cast<float>(next_random(&state) >> 8) * (1.0F / (1 << 23)) - 1.0F;
            }
        } else if (tensor.type == TMX_INT32) {
            int32_t* values = static_cast<int32_t*>(tensor.data);  // both an index and a truth value
            for (size_t k = 0; k < tensor.elements; ++k) values[k] = static_cast<int32_t>(next_random(&state) >> 31);
        } else {
            uint8_t* bytes = static_cast<uint8_t*>(tensor.data);
            for (size_t k = 0; k < tensor.bytes; ++k) bytes[k] = static_cast<uint8_t>(next_random(&state) >> 24);
        }
    }
}

int Session::run() {
    const tmx_status status = tmx_run(model_);
    return status == TMX_OK ? kExitOk : report(status);
}

InputCopy::InputCopy(const Session& session) : session_(session) {
    size_t total = 0;
    for (int32_t i = 0; i < session.info().input_count; ++i) {
        const tmx_tensor tensor = session.input(i);
        bytes_.resize(total + tensor.bytes);
        memcpy(bytes_.data() + total, tensor.data, tensor.bytes);
        total += tensor.bytes;
    }
}

void InputCopy::restore() const {
    size_t position = 0;
    for (int32_t i = 0; i < session_.info().input_count; ++i) {
        const tmx_tensor tensor = session_.input(i);
        memcpy(tensor.data, bytes_.data() + position, tensor.bytes);
        position += tensor.bytes;
    }
}

}  // namespace tmx::tool
