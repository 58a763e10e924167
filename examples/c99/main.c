/* Runs a model from C: zeros in, the first values of every output out.
 *
 *     cc -std=c99 -I runtime/include examples/c99/main.c build/host/runtime/libtinamix.a -lpthread -o run_model
 *     ./run_model net.tmx
 *
 * On a board: the same line with the board's C compiler, -static if wanted. No C++ library is needed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tinamix.h"

#define SHOWN 5

static int fail(const char* what, const tmx_model* model, tmx_status status) {
    fprintf(stderr, "%s: %s: %s\n", what, tmx_status_name(status), tmx_last_error(model));
    return 1;
}

/* Room for the largest input or output, in elements. */
static size_t largest_interface(const tmx_model* model, const tmx_info* info) {
    size_t largest = 0;
    tmx_tensor tensor;
    int32_t i;
    for (i = 0; i < info->input_count; ++i) {
        if (tmx_input(model, i, &tensor) == TMX_OK && tensor.elements > largest) largest = tensor.elements;
    }
    for (i = 0; i < info->output_count; ++i) {
        if (tmx_output(model, i, &tensor) == TMX_OK && tensor.elements > largest) largest = tensor.elements;
    }
    return largest;
}

static int run_once(tmx_model* model, const tmx_info* info, float* values) {
    tmx_tensor tensor;
    tmx_status status;
    int32_t i;
    size_t k;
    for (i = 0; i < info->input_count; ++i) {
        status = tmx_input(model, i, &tensor);
        if (status != TMX_OK) return fail("input", model, status);
        for (k = 0; k < tensor.elements; ++k) values[k] = 0.0f; /* your picture, float32 in ONNX order */
        status = tmx_input_set_f32(model, i, values, tensor.elements);
        if (status != TMX_OK) return fail(tensor.name, model, status);
    }
    status = tmx_run(model);
    if (status != TMX_OK) return fail("run", model, status);
    for (i = 0; i < info->output_count; ++i) {
        status = tmx_output(model, i, &tensor);
        if (status != TMX_OK) return fail("output", model, status);
        status = tmx_output_get_f32(model, i, values, tensor.elements);
        if (status != TMX_OK) return fail(tensor.name, model, status);
        printf("%s:", tensor.name);
        for (k = 0; k < tensor.elements && k < SHOWN; ++k) printf(" %g", (double)values[k]);
        printf("%s\n", tensor.elements > SHOWN ? " ..." : "");
    }
    return 0;
}

int main(int argc, char** argv) {
    tmx_model* model = NULL;
    tmx_info info;
    tmx_status status;
    float* values;
    int result;
    if (argc != 2) {
        fprintf(stderr, "usage: %s MODEL.tmx\n", argv[0]);
        return 2;
    }
    status = tmx_model_open(argv[1], NULL, &model);
    if (status != TMX_OK) return fail(argv[1], NULL, status);
    tmx_model_info(model, &info);
    printf("tinamix %s, kernels: %s, arena: %lu bytes\n", tmx_version(), info.isa, (unsigned long)info.arena_bytes);
    values = malloc(largest_interface(model, &info) * sizeof(*values));
    if (values == NULL) {
        tmx_model_close(model);
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    result = run_once(model, &info, values);
    free(values);
    tmx_model_close(model);
    return result;
}
