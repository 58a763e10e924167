// Aligned columns for people.
#ifndef TINAMIX_RUNTIME_TOOL_TEXT_TABLE_H_
#define TINAMIX_RUNTIME_TOOL_TEXT_TABLE_H_

#include <stddef.h>

#include "tool/text.h"

namespace tmx::tool {

/// Cells are added row by row. A heading that starts with '>' aligns its column to the right.
class TextTable {
  public:
    TextTable(const char* const* headings, size_t columns);

    /// Next cell. Control characters in it become '?': names come from files.
    void cell(const char* text);
    void cell_format(const char* format, ...) __attribute__((format(printf, 2, 3)));
    /// Appends the table with two spaces before each line.
    void append_to(Text* out) const;

  private:
    void finish_cell(size_t begin);

    struct Cell {
        size_t begin, size, width;
    };
    size_t columns_;
    Text text_;
    Array<Cell> cells_;
    Array<bool> right_;
    Array<size_t> widths_;
};

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_TEXT_TABLE_H_
