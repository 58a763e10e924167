# The cost tables of boards/ as text inside the program: ${built_in_boards} is the header to depend on.
file(GLOB board_tables CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/boards/*/cost.yaml)
set(entries "")
foreach(table ${board_tables})
  get_filename_component(folder ${table} DIRECTORY)
  get_filename_component(board ${folder} NAME)
  file(READ ${table} text)
  string(APPEND entries "    {\"${board}\", R\"yaml(${text})yaml\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${table})
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/cost/built_in_boards.h
  CONTENT "// Made from boards/*/cost.yaml.
#pragma once

namespace tinamix::cost {

struct BuiltInBoard {
    const char* name;
    const char* cost_table;
};
inline constexpr BuiltInBoard kBuiltInBoards[] = {
@entries@};

}  // namespace tinamix::cost
" @ONLY)
