#pragma once

#include <string>

#include "yaml/mended_text.h"

namespace lianqiao::yaml {

/// Adds what a Chinese keyboard or a word processor puts where YAML wants half-width characters:
/// full-width colons, commas, quotation marks and brackets, U+3000 and U+00A0 as indentation or
/// around a value; and a colon without the blank behind it. YAML takes most of these for text, so
/// that the mistake would show lines below, or not at all. Texts are left alone: comments, quoted
/// texts, texts below `|`, and what stands in the middle of a plain text.
///
/// Each finding stands at its own line and column and shows keys, never values. `text` then has
/// what was meant. False where that cannot be told.
bool mendKeyboard(MendedText& text, const std::string& file, Findings& findings);

}  // namespace lianqiao::yaml
