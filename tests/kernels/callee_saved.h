// Calls a kernel and looks whether it kept the registers that belong to its caller. Compilers see to that; assembly may
// forget. For the processors with kernels in assembly, both ARMs; elsewhere a plain call.
#ifndef TINAMIX_TESTS_KERNELS_CALLEE_SAVED_H_
#define TINAMIX_TESTS_KERNELS_CALLEE_SAVED_H_

#include <cstdint>

namespace tmx::kernels::test {

#if defined(__aarch64__) || defined(__arm__)
/// function(args, first, last), with every callee-saved register full of a pattern. 0 if all came back.
extern "C" int tmx_test_call_keeping_registers(void (*function)(), const void* args, int64_t first, int64_t last);
#endif

/// False if the kernel lost a register of its caller.
template <typename Args>
bool call_keeping_registers(void (*function)(const Args&, int64_t, int64_t), const Args& args, int64_t first,
                            int64_t last) {
#if defined(__aarch64__) || defined(__arm__)
    return tmx_test_call_keeping_registers(reinterpret_cast<void (*)()>(function), &args, first, last) == 0;
#else
    function(args, first, last);
    return true;
#endif
}

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_CALLEE_SAVED_H_
