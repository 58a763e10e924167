# Fails if a library refers to or defines anything of the C++ library, of exceptions, or of assert and abort.
#   cmake -DNM=nm -DLIBRARY=libtinamix.a -P check_symbols.cmake
execute_process(COMMAND ${NM} ${LIBRARY} OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${NM} ${LIBRARY} failed")
endif()
string(REGEX MATCHALL "[^\n]+" lines "${symbols}")
list(LENGTH lines count)
if(count LESS 50 OR NOT symbols MATCHES "tmx_model_open")
  message(FATAL_ERROR "${LIBRARY} has ${count} symbols: not the library")
endif()
foreach(line ${lines})
  # operator new and delete; exceptions and static initialisation; std::; the unwinder; the end of the program.
  if(line MATCHES " (_Zn[wa]|_Zd[la]|__cxa_|_ZNSt|_ZNKSt|_ZSt|_ZTISt|_ZTVSt|__gxx_personality|_Unwind_|__gnu_unwind)"
     OR line MATCHES " U (abort|exit|_exit|__assert_fail|__assert|printf|puts|fprintf|__stack_chk_fail)$")
    list(APPEND forbidden "${line}")
  endif()
endforeach()
if(forbidden)
  list(JOIN forbidden "\n" text)
  message(FATAL_ERROR "forbidden symbols in ${LIBRARY}:\n${text}")
endif()
message(STATUS "${count} symbols, none forbidden")
