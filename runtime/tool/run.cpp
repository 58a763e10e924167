// tmx run: one inference on .npy files.
#include <stdio.h>

#include "tool/commands.h"
#include "tool/session.h"
#include "tool/tensor_dump.h"

namespace tmx::tool {
namespace {

struct Observation {
    const Session* session;
    TensorDump* dump;
};

void dump_op_outputs(void* user, const tmx_model*, int32_t op_index, uint64_t) {
    const Observation& observation = *static_cast<const Observation*>(user);
    const tmx_op op = observation.session->op(op_index);
    for (int32_t i = 0; i < op.output_count; ++i) observation.dump->write_with_aliases(op.outputs[i]);
}

int run_run(const Arguments& arguments) {
    Session session;
    int status = session.open(arguments, arguments.positional(0));
    if (status != kExitOk) return status;
    const bool raw = arguments.has("--raw");
    status = session.set_inputs(raw);
    if (status != kExitOk) return status;

    const char* folder = arguments.value("--output");
    TensorDump dump(session, folder, raw);
    dump.begin();
    Observation observation = {&session, &dump};
    if (arguments.has("--dump-all")) {
        for (int32_t i = 0; i < session.info().input_count; ++i) {
            dump.write_with_aliases(tmx_input_tensor_index(session.model(), i));
        }
        tmx_set_observer(session.model(), dump_op_outputs, &observation, 0);
    }
    if (!dump.failed()) {
        status = session.run();
        if (status != kExitOk) return status;
    }
    for (int32_t i = 0; i < session.info().output_count; ++i) dump.write_output(i);
    dump.write_meta();
    if (dump.failed()) {
        report_error(arguments, "%s", dump.error());
        return kExitFailed;
    }
    return kExitOk;
}

constexpr const char* kPositionals[] = {"MODEL.tmx"};
constexpr Option kOptions[] = {
    {"--input", "FILE.npy", "one per input of the model, in its order", true, true},
    {"--output", "DIR", "folder for the results; made when it does not exist", true, false},
    {"--dump-all", nullptr, "also write every tensor under its ONNX name", false, false},
    {"--raw", nullptr, "read and write elements as stored (int8, int16 or float32, storage shape)", false, false},
    kThreadsOption,
};

}  // namespace

const Command kRunCommand = {
    "run",
    "run one inference on .npy files",
    "Reads one .npy per input, runs the model once and writes to DIR:\n"
    "  out_<i>.npy   output i, in the order of the ONNX graph's outputs\n"
    "  NAME.npy      with --dump-all: the inputs, and every tensor as it is right after its op. In the\n"
    "                file name every byte of NAME outside [A-Za-z0-9._-] is written as %XX\n"
    "  meta.json     the names of inputs and outputs, and the file of every tensor\n"
    "Inputs and outputs are float32 in the ONNX model's shape and order. With --raw they are the stored\n"
    "codes, which must be byte-identical to those of `tinamix run --raw` on the host.",
    kPositionals,
    1,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx run net.tmx --input picture.npy --output out\n"
    "  tmx run net.tmx --input left.npy --input right.npy --output out --threads 2\n"
    "  tmx run net.tmx --input picture.npy --output board --dump-all    # then, on the host:\n"
    "  tinamix run net.tmx --input picture.npy --output host --dump-all && tinamix compare host board",
    run_run,
};

}  // namespace tmx::tool
