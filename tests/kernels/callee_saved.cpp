// The trampolines: AAPCS64 keeps x19-x28 and the lower halves of v8-v15, AAPCS32 r4-r11 and d8-d15.
#include "callee_saved.h"

#if defined(__aarch64__)
asm(R"(
        .text
        .p2align 2
        .global tmx_test_call_keeping_registers
        .type   tmx_test_call_keeping_registers, %function
tmx_test_call_keeping_registers:
        stp     x29, x30, [sp, #-160]!
        mov     x29, sp
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mov     x9, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        .irp    n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
        mov     x\n, #0x5a00 + \n
        .endr
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        mov     x10, #0x7100 + \n
        fmov    d\n, x10
        .endr
        blr     x9
        mov     x0, #0
        .irp    n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
        mov     x9, #0x5a00 + \n
        eor     x9, x9, x\n
        orr     x0, x0, x9
        .endr
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        mov     x9, #0x7100 + \n
        fmov    x10, d\n
        eor     x9, x9, x10
        orr     x0, x0, x9
        .endr
        cmp     x0, #0
        cset    w0, ne
        ldp     d14, d15, [sp, #144]
        ldp     d12, d13, [sp, #128]
        ldp     d10, d11, [sp, #112]
        ldp     d8, d9, [sp, #96]
        ldp     x27, x28, [sp, #80]
        ldp     x25, x26, [sp, #64]
        ldp     x23, x24, [sp, #48]
        ldp     x21, x22, [sp, #32]
        ldp     x19, x20, [sp, #16]
        ldp     x29, x30, [sp], #160
        ret
        .size   tmx_test_call_keeping_registers, . - tmx_test_call_keeping_registers
)");
#elif defined(__arm__)
asm(R"(
        .syntax unified
        .arm
        .fpu    neon
        .text
        .p2align 2
        .global tmx_test_call_keeping_registers
        .type   tmx_test_call_keeping_registers, %function
tmx_test_call_keeping_registers:
        push    {r4-r11, lr}
        vpush   {d8-d15}
        sub     sp, sp, #12             // `last` for the callee, aligned to 8
        ldr     r12, [sp, #112]
        str     r12, [sp]
        ldr     r12, [sp, #116]
        str     r12, [sp, #4]
        mov     r12, r0
        mov     r0, r1
        .irp    n, 4, 5, 6, 7, 8, 9, 10, 11
        movw    r\n, #0x5a00 + \n
        .endr
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        movw    r1, #0x7100 + \n
        vmov    d\n, r1, r1
        .endr
        blx     r12
        mov     r0, #0
        .irp    n, 4, 5, 6, 7, 8, 9, 10, 11
        movw    r1, #0x5a00 + \n
        eor     r1, r1, r\n
        orr     r0, r0, r1
        .endr
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        movw    r1, #0x7100 + \n
        vmov    r2, r3, d\n
        eor     r2, r2, r1
        eor     r3, r3, r1
        orr     r0, r0, r2
        orr     r0, r0, r3
        .endr
        add     sp, sp, #12
        vpop    {d8-d15}
        pop     {r4-r11, pc}
        .size   tmx_test_call_keeping_registers, . - tmx_test_call_keeping_registers
)");
#endif
