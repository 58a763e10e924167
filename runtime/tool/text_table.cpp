// Aligned columns; see text_table.h.
#include "tool/text_table.h"

#include <stdarg.h>
#include <stdio.h>

namespace tmx::tool {

TextTable::TextTable(const char* const* headings, size_t columns) : columns_(columns) {
    widths_.resize(columns);
    for (size_t i = 0; i < columns; ++i) {
        const bool right = headings[i][0] == '>';
        right_.push(right);
        cell(headings[i] + (right ? 1 : 0));
    }
}

void TextTable::finish_cell(size_t begin) {
    const size_t size = text_.size() - begin;
    const Cell cell = {begin, size, display_width(text_.c_str() + begin, size)};
    size_t& width = widths_[cells_.size() % columns_];
    if (cell.width > width) width = cell.width;
    cells_.push(cell);
}

void TextTable::cell(const char* text) {
    const size_t begin = text_.size();
    text_.append_printable(text);
    finish_cell(begin);
}

void TextTable::cell_format(const char* format, ...) {
    char buffer[128];
    va_list values;
    va_start(values, format);
    vsnprintf(buffer, sizeof(buffer), format, values);
    va_end(values);
    cell(buffer);
}

void TextTable::append_to(Text* out) const {
    for (size_t i = 0; i < cells_.size(); ++i) {
        const size_t column = i % columns_;
        const Cell& cell = cells_[i];
        const size_t padding = widths_[column] - cell.width;
        out->append("  ");
        if (right_[column]) out->repeat(' ', padding);
        out->append(text_.c_str() + cell.begin, cell.size);
        if (column + 1 == columns_) {
            out->append('\n');
        } else if (!right_[column]) {
            out->repeat(' ', padding);
        }
    }
}

}  // namespace tmx::tool
