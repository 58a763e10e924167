# Prints the code size of the library: code and read-only data of all members (`size` calls their sum "text"; symbols
# and debug information, which stripping removes, do not count). With -DLIMIT=bytes, more than that is an error.
#   cmake -DSIZE=size -DLIBRARY=libtinamix.a [-DLIMIT=100000] -P code_size.cmake
execute_process(COMMAND ${SIZE} -t ${LIBRARY} OUTPUT_VARIABLE table RESULT_VARIABLE failed)
if(failed OR NOT table MATCHES "\n *([0-9]+)[ \t]+[0-9]+[ \t]+[0-9]+[ \t]+[0-9]+[ \t]+[0-9a-f]+[ \t]+\\(TOTALS\\)")
  message(FATAL_ERROR "cannot read the size of ${LIBRARY} with ${SIZE}")
endif()
set(bytes ${CMAKE_MATCH_1})
message(STATUS "libtinamix: ${bytes} bytes of code and constants, every op, stripped")
if(LIMIT AND bytes GREATER LIMIT)
  message(FATAL_ERROR "libtinamix has ${bytes} bytes, the limit is ${LIMIT} (tests/runtime/CMakeLists.txt)")
endif()
