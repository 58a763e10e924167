/* tinamix runtime: loads a .tmx model file and runs it. C99.
 *
 *     tmx_model* model = NULL;
 *     if (tmx_model_open("net.tmx", NULL, &model) != TMX_OK) { puts(tmx_last_error(NULL)); return 1; }
 *     tmx_input_set_f32(model, 0, pixels, count);
 *     tmx_run(model);
 *     tmx_output_get_f32(model, 0, scores, score_count);
 *     tmx_model_close(model);
 *
 * Threads: different models may be used from different threads at once; one model from one thread at a time.
 * Stack: the calling thread needs 512 KB; worker threads bring their own.
 * Memory: nothing is allocated after tmx_model_open returns, except by an NPU's driver. Pointers handed out live until
 * tmx_model_close.
 */
#ifndef TINAMIX_H_
#define TINAMIX_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define TMX_VERSION_MAJOR 0
#define TMX_VERSION_MINOR 1
#define TMX_VERSION_PATCH 0
#define TMX_MAX_RANK 6

/* Result of every call that can fail. Grouped by the high byte: 1 argument, 2 system, 3 file, 4 compatibility, 5 store,
 * 6 NPU.
 */
typedef enum tmx_status {
    TMX_OK = 0x000,
    TMX_INVALID_ARGUMENT = 0x101, /* null pointer, index out of range, zero threads */
    TMX_WRONG_SIZE = 0x102,       /* element count does not match the tensor */
    TMX_ARENA_TOO_SMALL = 0x103,  /* the caller's arena is smaller than the model needs, or not 64-byte aligned */
    TMX_OUT_OF_MEMORY = 0x201,
    TMX_IO_ERROR = 0x202,        /* the file cannot be opened, read or mapped */
    TMX_THREAD_ERROR = 0x203,    /* a worker thread cannot be started */
    TMX_CANCELED = 0x204,        /* tmx_cancel ended the run */
    TMX_NOT_A_MODEL = 0x301,     /* no tinamix file, or truncated */
    TMX_BAD_CHECKSUM = 0x302,    /* bytes have changed since the file was written */
    TMX_CORRUPT_MODEL = 0x303,   /* the verifier found something that cannot be; the message says where */
    TMX_TOO_NEW = 0x401,         /* the file needs a newer runtime */
    TMX_UNSUPPORTED_ISA = 0x402, /* the file needs CPU features that this processor lacks */
    TMX_UNSUPPORTED_OP = 0x403,  /* this build does not contain an op, type or packing of the model */
    TMX_NOT_INSTALLED = 0x501,   /* the store holds no such model or version */
    TMX_STORE_BUSY = 0x502,      /* another process is changing the store */
    TMX_DAMAGED_STORE = 0x503,   /* a file of the store is not what was written */
    TMX_BAD_SIGNATURE = 0x504,   /* not signed by a key that the board trusts */
    TMX_DOWNGRADE = 0x505,       /* an older model version than the active one */
    TMX_WRONG_BOARD = 0x506,     /* made for another kind of board */
    TMX_CHECK_FAILED = 0x507,    /* this board computes something else than the golden file says */
    TMX_NPU_UNAVAILABLE = 0x601, /* no NPU driver, one that cannot be talked to, or a static build */
    TMX_NPU_FAILED = 0x602,      /* a call of the NPU driver failed; the message says which */
    TMX_NPU_TIMEOUT = 0x603      /* the NPU did not finish, or its driver does not answer */
} tmx_status;

#if defined(__GNUC__)
#define TMX_NODISCARD __attribute__((warn_unused_result))
#else
#define TMX_NODISCARD
#endif

typedef struct tmx_model tmx_model;

/* TMX_INT32: indices and truth values (0, 1); scale 1. */
typedef enum tmx_type { TMX_INT8 = 0, TMX_INT16 = 1, TMX_FLOAT32 = 2, TMX_INT32 = 3 } tmx_type;
typedef enum tmx_precision { TMX_W8A8 = 0, TMX_W8A16 = 1, TMX_W16A16 = 2, TMX_F32 = 3 } tmx_precision;

/* When an op runs. A section for the NPU may carry the same layers for the CPU, which run where the NPU does not. */
typedef enum tmx_role { TMX_ALWAYS = 0, TMX_WITH_NPU = 1, TMX_WITHOUT_NPU = 2 } tmx_role;

/* A tensor as the model file describes it. Strings and pointers belong to the model. */
typedef struct tmx_tensor {
    const char* name; /* ONNX name */
    tmx_type type;
    int32_t rank;
    int32_t shape[TMX_MAX_RANK];      /* storage order (images channels-last) */
    int32_t onnx_shape[TMX_MAX_RANK]; /* the model's own interface */
    int32_t onnx_axes[TMX_MAX_RANK];  /* storage dimension i is ONNX dimension onnx_axes[i] */
    float scale;                      /* real = scale * (q - zero_point) */
    int32_t zero_point;
    size_t elements;
    size_t bytes;
    void* data;       /* in the arena (contents valid only around the ops that use it), or read-only in the file */
    int32_t alias_of; /* tensor whose memory this one shows, or -1 */
    int32_t derived;  /* 1: added by the converter, has no ONNX counterpart */
    int32_t constant; /* 1: lives in the file */
} tmx_tensor;

/* An op as the model file describes it, with the kernel chosen for it. */
typedef struct tmx_op {
    const char* layer;     /* ONNX node name */
    const char* onnx_type; /* "Conv+Relu" */
    const char* type;      /* runtime op: "Conv2D" */
    const char* kernel;    /* "w8a8_conv__reference" */
    tmx_precision precision;
    const int32_t* inputs; /* tensor indices */
    int32_t input_count;
    const int32_t* outputs;
    int32_t output_count;
    uint64_t macs;
    tmx_role role;
} tmx_op;

typedef struct tmx_info {
    const char* producer;
    const char* target;
    const char* settings; /* JSON or "" */
    const char* isa;      /* kernels chosen at start: "reference", "avx512vnni", ... */
    uint64_t checksum;
    uint64_t file_bytes, weights_bytes, arena_bytes;
    int32_t input_count, output_count, tensor_count, op_count;
    int32_t threads;
    /* Convolutions that run the reference, because the file has no packing that kernels of this processor read. Not 0:
     * the file was packed for other boards (tinamix convert --target). */
    int32_t unread_packings;
    int32_t state_count;    /* tensors that keep their contents from one run to the next */
    uint32_t model_version; /* tinamix convert --model-version; 0: not said */
    uint64_t key_id;        /* of the signature, 0: unsigned. tmx_model_open does not verify it, a store does */
    int32_t npu_sections;   /* parts of the model that are compiled for an NPU */
    int32_t npu_active;     /* those of them that the NPU runs; the others run their CPU copy */
    uint32_t npu_target;    /* what they are compiled for: the target id of their NBG; 0: none */
    uint32_t npu_fallbacks; /* runs of a CPU copy since the model was opened because the NPU had failed */
    const char* npu;        /* the driver, or why the NPU is not used; "" without sections */
} tmx_info;

/* Called after each op of a run, with the op's outputs still intact. `nanoseconds` is the op's time (0 unless
 * profiling is on). */
typedef void (*tmx_observer)(void* user, const tmx_model* model, int32_t op_index, uint64_t nanoseconds);

typedef enum tmx_npu_use { TMX_NPU_AUTO = 0, TMX_NPU_OFF = 1, TMX_NPU_ONLY = 2 } tmx_npu_use;

/* How to open a model. Fill with tmx_options_init, then change what is needed. */
typedef struct tmx_options {
    void* arena;           /* NULL: allocate. Else 64-byte aligned memory of the caller, kept until close */
    size_t arena_bytes;    /* of the caller's arena */
    int32_t threads;       /* 1..8, the calling thread included; 1 starts none */
    int32_t skip_checksum; /* 1: do not read the whole file at open. The verifier runs all the same */
    /* Sections for an NPU. TMX_NPU_AUTO: on the NPU; where that fails, at open or in a run, by their CPU copy if they
     * have one. TMX_NPU_OFF: CPU copies; a model without them opens, but does not run. TMX_NPU_ONLY: no CPU copies.
     * Environment TMX_NPU=auto|off|only wins over auto and only. */
    int32_t npu;
    int32_t npu_timeout_ms; /* of a section's run; default 5000 */
} tmx_options;

void tmx_options_init(tmx_options* options);

/* Opens `path` (mapped read-only) with `options` (NULL: defaults). On success *model is set and owned by the caller. */
TMX_NODISCARD tmx_status tmx_model_open(const char* path, const tmx_options* options, tmx_model** model);
/* The same from memory: `data` must be 64-byte aligned and outlive the model. */
TMX_NODISCARD tmx_status tmx_model_open_memory(const void* data, size_t bytes, const tmx_options* options,
                                               tmx_model** model);
void tmx_model_close(tmx_model* model);

/* The store: versions of models under a name, of which one is active (docs/boards.md). `store` is its folder, `name`
 * what `tmx install --name` said. These two functions are in libtinamix_store.a; link it before libtinamix.a.
 *
 * Opens the active version, after checking its bytes and, if the board holds keys, its signature. A version on trial
 * counts this as a start: after as many starts as `tmx install --trial` allows without a healthy report, and when the
 * version cannot be opened, the previous version becomes active again and is opened instead. A start that cannot be
 * counted, because this process may not write there, is opened all the same. */
TMX_NODISCARD tmx_status tmx_model_open_active(const char* store, const char* name, const tmx_options* options,
                                               tmx_model** model);
/* Tells what became of the last start. Healthy (not 0): the active version is confirmed, its trial over. Unhealthy:
 * counts as a failed start, also of a confirmed version; one too many makes the previous version active. Cheap when
 * there is nothing to change: call it after every start that worked. */
TMX_NODISCARD tmx_status tmx_report_health(const char* store, const char* name, int32_t healthy);

void tmx_model_info(const tmx_model* model, tmx_info* info);
/* Index in 0..count-1 of the model's inputs, outputs, tensors, ops. */
TMX_NODISCARD tmx_status tmx_model_tensor(const tmx_model* model, int32_t index, tmx_tensor* tensor);
TMX_NODISCARD tmx_status tmx_model_op(const tmx_model* model, int32_t index, tmx_op* op);
TMX_NODISCARD tmx_status tmx_input(const tmx_model* model, int32_t index, tmx_tensor* tensor);
TMX_NODISCARD tmx_status tmx_output(const tmx_model* model, int32_t index, tmx_tensor* tensor);
/* Tensor index of input/output `index`, or -1. */
int32_t tmx_input_tensor_index(const tmx_model* model, int32_t index);
int32_t tmx_output_tensor_index(const tmx_model* model, int32_t index);

/* Values at the model's own interface: float32 in ONNX order; quantized and reordered here. `count` in elements.
 * TMX_INT32 tensors too: their numbers as floats, exact up to 2^24. */
TMX_NODISCARD tmx_status tmx_input_set_f32(tmx_model* model, int32_t index, const float* values, size_t count);
TMX_NODISCARD tmx_status tmx_output_get_f32(const tmx_model* model, int32_t index, float* values, size_t count);
/* Any tensor as float32 in ONNX order (for observers and dumps). */
TMX_NODISCARD tmx_status tmx_tensor_get_f32(const tmx_model* model, int32_t tensor, float* values, size_t count);

/* State `index` in 0..state_count-1: `data` may be saved and restored between runs. */
TMX_NODISCARD tmx_status tmx_state(const tmx_model* model, int32_t index, tmx_tensor* tensor);
/* All states to zero, as after opening: a new sequence begins. Does nothing for a model without states. */
void tmx_reset_state(tmx_model* model);

/* One inference. Inputs are overwritten during a run: set them before every run. */
TMX_NODISCARD tmx_status tmx_run(tmx_model* model);

/* From any thread: the present run ends with TMX_CANCELED after the op that is running; the NPU is told to stop at
 * once. Without a run, nothing happens. */
void tmx_cancel(tmx_model* model);

/* NULL removes it. With `timed` non-zero each op is timed. */
void tmx_set_observer(tmx_model* model, tmx_observer observer, void* user, int32_t timed);

/* Text of the last failure of this model, or (NULL) of the last failed open in the calling thread. Never NULL. */
const char* tmx_last_error(const tmx_model* model);
const char* tmx_status_name(tmx_status status);
const char* tmx_version(void);

/* XXH64 of `bytes` bytes with seed 0: the digest of golden files. */
uint64_t tmx_digest(const void* data, size_t bytes);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif /* TINAMIX_H_ */
