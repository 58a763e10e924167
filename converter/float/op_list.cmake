# Writes float_op_list.inc, one line per file of ops/: adding an operator is adding its file.
file(GLOB float_op_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/ops/*.cpp)
set(float_op_list "")
foreach(file ${float_op_files})
  get_filename_component(op ${file} NAME_WE)
  string(APPEND float_op_list "TINAMIX_FLOAT_OP_FILE(${op})\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/float_op_list.inc CONTENT "${float_op_list}" @ONLY)

# Element-wise loops over whole tensors: GCC vectorizes them from -O3 on, selections only when told that nobody looks at
# floating-point exception flags. Neither changes a value.
file(GLOB float_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
set_source_files_properties(${float_files} ${float_op_files} PROPERTIES COMPILE_OPTIONS "-O3;-fno-trapping-math")
