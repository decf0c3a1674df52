#pragma once

#include <string_view>

#include "file_drop/row.h"

/// What spreadsheets leave of their own in a value, undone or named. Every rule holds for a cell of
/// a workbook and a field of a CSV file alike, so that the same row from both is the same item.
namespace lianqiao::file_drop {

/// Takes off what only protects a text from being taken for a number: tabs around one line, `="…"`,
/// an apostrophe before a digit or a sign. A day 1900/1/0 (a date cell that holds 0) becomes no
/// text at all. Marks as damaged: exponent forms with the sign that spreadsheets write
/// (`2.02E+18`), `####`, and the names of failed formulas. Blanks of any kind beside a value change
/// nothing of this. An exponent without that sign (`3E10`) stays: it may be a number of a room.
void undoArtefacts(Cell& cell);

/// Why the value cannot be taken, and what to do; for people, without the value.
std::string explain(const Cell& cell);

}  // namespace lianqiao::file_drop
