# Prints the code size of the library: code and read-only data of all members (`size` calls their sum "text"; symbols
# and debug information, which stripping removes, do not count). With KERNELS and OPS, the objects of kernels/ and
# runtime/ops/, also what they and the rest, the core that every build has, have of it. With the limits, more than that is
# an error.
#   cmake -DSIZE=size -DLIBRARY=libtinamix.a ["-DWHAT=every op"] [-DLIMIT=100000]
#         ["-DKERNELS=a.o|b.o" "-DOPS=c.o|d.o" [-DKERNEL_LIMIT=..] [-DCORE_LIMIT=..]] -P code_size.cmake
function(read_size result)
  execute_process(COMMAND ${SIZE} -t ${ARGN} OUTPUT_VARIABLE table RESULT_VARIABLE failed)
  if(failed OR NOT table MATCHES "\n *([0-9]+)[ \t]+[0-9]+[ \t]+[0-9]+[ \t]+[0-9]+[ \t]+[0-9a-f]+[ \t]+\\(TOTALS\\)")
    message(FATAL_ERROR "cannot read the size of ${ARGN} with ${SIZE}")
  endif()
  set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()
function(check what bytes limit)
  if(limit AND bytes GREATER limit)
    message(FATAL_ERROR "${what} has ${bytes} bytes, the limit is ${limit} (tests/runtime/CMakeLists.txt)")
  endif()
endfunction()

if(NOT WHAT)
  set(WHAT "every op")
endif()
read_size(bytes ${LIBRARY})
set(parts "")
string(REPLACE "|" ";" KERNELS "${KERNELS}")
string(REPLACE "|" ";" OPS "${OPS}")
if(KERNELS)
  read_size(kernel_bytes ${KERNELS})
  read_size(op_bytes ${OPS})
  math(EXPR core_bytes "${bytes} - ${kernel_bytes} - ${op_bytes}")
  set(parts ": kernels ${kernel_bytes}, ops ${op_bytes}, core ${core_bytes}")
endif()
message(STATUS "libtinamix: ${bytes} bytes of code and constants, ${WHAT}, stripped${parts}")
check(libtinamix ${bytes} "${LIMIT}")
if(KERNELS)
  check("kernels/" ${kernel_bytes} "${KERNEL_LIMIT}")
  check("the core without kernels/ and ops/" ${core_bytes} "${CORE_LIMIT}")
endif()
