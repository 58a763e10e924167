/* QEMU user-mode plugin that counts guest instructions (for qemu-user 7.2, the one of Debian 12).
 *
 *   qemu-aarch64 -plugin ./count_instructions.so prog             stderr: "count TAG N" at each mark, "count total N"
 *   qemu-aarch64 -plugin ./count_instructions.so,answer=F prog    also: the count so far, 8 bytes in file F, per mark
 *   qemu-aarch64 -plugin ./count_instructions.so,calls=113 prog   also: "count call N" at each system call 113
 *   qemu-aarch64 -plugin ./count_instructions.so,symbols=on prog  the costliest functions instead (unstripped program)
 *
 * A mark is syscall(4242, tag) in the guest, which on real hardware fails and does nothing: `tmx` makes them around
 * every inference with TMX_MARK=1, `test_kernels --bench` around every layer. Exact for programs of one thread.
 *
 * The declarations below are the part of QEMU's plugin interface, version 1, that is used here: no header of QEMU is
 * needed to build this.
 *
 *   cc -shared -fPIC -O2 count_instructions.c -o count_instructions.so
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* block, size_t index);
const char* qemu_plugin_insn_symbol(const struct qemu_plugin_insn* instruction);
/* operation 0: add the immediate to the 64-bit number at `counter`. */
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn* instruction, int operation, void* counter,
                                                uint64_t immediate);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*callback)(plugin_id, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_syscall_cb(plugin_id id,
                                          void (*callback)(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t,
                                                           uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));
void qemu_plugin_register_atexit_cb(plugin_id id, void (*callback)(plugin_id, void*), void* data);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { kMarkSystemCall = 4242, kShownSymbols = 30 };

struct symbol {
    const char* name;
    uint64_t count;
    struct symbol* next;
};

static uint64_t total, at_last_mark, at_last_call;
static int64_t watched_call = -1;
static int answer = -1;
static int by_symbol;
static struct symbol* symbols;

static uint64_t* counter_of(const char* name) {
    if (name == NULL) name = "(unknown)";
    for (struct symbol* s = symbols; s != NULL; s = s->next) {
        if (strcmp(s->name, name) == 0) return &s->count;
    }
    struct symbol* fresh = calloc(1, sizeof(*fresh));
    fresh->name = strdup(name);
    fresh->next = symbols;
    symbols = fresh;
    return &fresh->count;
}

static void on_translation(plugin_id id, struct qemu_plugin_tb* block) {
    (void)id;
    const size_t count = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < count; ++i) {
        struct qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
        uint64_t* counter = by_symbol ? counter_of(qemu_plugin_insn_symbol(instruction)) : &total;
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, 0, counter, 1);
    }
}

static void on_system_call(plugin_id id, unsigned processor, int64_t number, uint64_t tag, uint64_t a2, uint64_t a3,
                           uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
    (void)id, (void)processor, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (number == watched_call) {
        fprintf(stderr, "count call %" PRIu64 "\n", total - at_last_call);
        at_last_call = total;
    }
    if (number != kMarkSystemCall) return;
    if (answer >= 0) {
        if (pwrite(answer, &total, sizeof(total), 0) != sizeof(total)) fprintf(stderr, "count: cannot answer\n");
        return;
    }
    fprintf(stderr, "count %" PRIu64 " %" PRIu64 "\n", tag, total - at_last_mark);
    at_last_mark = total;
}

static int costlier(const void* left, const void* right) {
    const uint64_t a = (*(struct symbol*const*)left)->count, b = (*(struct symbol*const*)right)->count;
    return a < b ? 1 : a > b ? -1 : 0;
}

static void on_exit_of_guest(plugin_id id, void* data) {
    (void)id, (void)data;
    size_t count = 0;
    for (struct symbol* s = symbols; s != NULL; s = s->next) ++count, total += s->count;
    fprintf(stderr, "count total %" PRIu64 "\n", total);
    struct symbol** sorted = malloc((count + 1) * sizeof(*sorted));
    count = 0;
    for (struct symbol* s = symbols; s != NULL; s = s->next) sorted[count++] = s;
    qsort(sorted, count, sizeof(*sorted), costlier);
    for (size_t i = 0; i < count && i < kShownSymbols; ++i) {
        fprintf(stderr, "count %14" PRIu64 " %s\n", sorted[i]->count, sorted[i]->name);
    }
    free(sorted);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void* info, int argc, char** argv) {
    (void)info;
    for (int i = 0; i < argc; ++i) {
        if (strcmp(argv[i], "symbols=on") == 0) {
            by_symbol = 1;
        } else if (strncmp(argv[i], "calls=", 6) == 0) {
            watched_call = strtoll(argv[i] + 6, NULL, 10);
        } else if (strncmp(argv[i], "answer=", 7) == 0) {
            answer = open(argv[i] + 7, O_WRONLY | O_CREAT | O_TRUNC, 0666);
            if (answer < 0) {
                fprintf(stderr, "count: cannot write %s\n", argv[i] + 7);
                return -1;
            }
        } else {
            fprintf(stderr, "count: unknown argument %s\n", argv[i]);
            return -1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_vcpu_syscall_cb(id, on_system_call);
    qemu_plugin_register_atexit_cb(id, on_exit_of_guest, NULL);
    return 0;
}
