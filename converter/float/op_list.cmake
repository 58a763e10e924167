# Writes float_op_list.inc, one line per file of ops/: adding an operator is adding its file.
file(GLOB float_op_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/ops/*.cpp)
set(float_op_list "")
foreach(file ${float_op_files})
  get_filename_component(op ${file} NAME_WE)
  string(APPEND float_op_list "TINAMIX_FLOAT_OP_FILE(${op})\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/float_op_list.inc CONTENT "${float_op_list}" @ONLY)
