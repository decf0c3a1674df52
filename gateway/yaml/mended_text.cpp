#include "yaml/mended_text.h"

#include <algorithm>
#include <array>

namespace lianqiao::yaml {
namespace {

constexpr std::array kOddBlanks = {OddBlank{"\u3000", "an ideographic blank (U+3000)", 2},
                                   OddBlank{"\u00A0", "a no-break space (U+00A0)", 1},
                                   OddBlank{"\u200B", "an invisible character (U+200B)", 0},
                                   OddBlank{"\uFEFF", "a byte order mark (U+FEFF)", 0}};
constexpr std::size_t kTabWidth = 2;
/// Lines above that are looked at for the columns that are open.
constexpr int kLookBack = 200;

struct Indentation {
  std::size_t bytes = 0;
  std::size_t width = 0;
};

Indentation indentationOf(std::string_view line) {
  Indentation out;
  while (out.bytes < line.size()) {
    const OddBlank* const odd = oddBlankAt(line.substr(out.bytes));
    const char c = line[out.bytes];
    if (odd == nullptr && c != ' ' && c != '\t') break;
    out.bytes += odd == nullptr ? 1 : odd->bytes.size();
    out.width += odd != nullptr ? odd->width : c == '\t' ? kTabWidth : 1;
  }
  return out;
}

bool saysNothing(std::string_view line) { return line.empty() || line[0] == '#'; }

/// Something may stand deeper below it: a key without a value, or a dash.
bool opens(std::string_view line) {
  const std::size_t comment = line.find(" #");
  line = line.substr(0, comment);
  while (line.ends_with(' ')) line.remove_suffix(1);
  return line.ends_with(':') || line == "-";
}

}  // namespace

const OddBlank* oddBlankAt(std::string_view text) {
  const auto at = std::find_if(kOddBlanks.begin(), kOddBlanks.end(), [&](const OddBlank& blank) {
    return text.starts_with(blank.bytes);
  });
  return at == kOddBlanks.end() ? nullptr : at;
}

const OddBlank* oddBlankBefore(std::string_view text) {
  const auto at = std::find_if(kOddBlanks.begin(), kOddBlanks.end(),
                               [&](const OddBlank& blank) { return text.ends_with(blank.bytes); });
  return at == kOddBlanks.end() ? nullptr : at;
}

std::string_view MendedText::line(int index) const {
  const auto mended = lines_.find(index);
  std::string_view line =
      mended == lines_.end() ? written_.line(index) : std::string_view(mended->second.text);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Position MendedText::position(int index, int column) const {
  const auto mended = lines_.find(index);
  if (mended == lines_.end()) return written_.position(index, column);
  const auto& columns = mended->second.written;
  const auto at = std::min(static_cast<std::size_t>(std::max(column, 0)), columns.size() - 1);
  return written_.position(index, static_cast<int>(columns[at]));
}

void MendedText::replace(int index, std::size_t at, std::size_t length, std::string_view by) {
  auto [entry, isNew] = lines_.try_emplace(index);
  Line& line = entry->second;
  if (isNew) {
    line.text = written_.line(index);
    for (std::size_t i = 0; i <= line.text.size(); ++i) line.written.push_back(i);
  }
  const std::size_t begin = line.written[at];
  line.text.replace(at, length, by);
  const auto columns = line.written.begin();
  const auto behind = line.written.erase(columns + static_cast<std::ptrdiff_t>(at),
                                         columns + static_cast<std::ptrdiff_t>(at + length));
  line.written.insert(behind, by.size(), begin);
}

bool MendedText::mendIndentation(int index) {
  const Indentation is = indentationOf(line(index));
  if (!fits(index, is.width)) return false;
  replace(index, 0, is.bytes, std::string(is.width, ' '));
  firstIndented_ = std::min(firstIndented_, index);
  return true;
}

/// A column that a line above has opened; or any deeper one, right below what opens one.
bool MendedText::fits(int index, std::size_t indentation) const {
  std::size_t least = SIZE_MAX;
  for (int above = index - 1; above >= std::max(0, index - kLookBack) && least > 0; --above) {
    std::string_view text = line(above);
    std::size_t column = indentationOf(text).bytes;
    text.remove_prefix(column);
    if (saysNothing(text)) continue;
    if (least == SIZE_MAX && indentation > column && opens(text)) return true;
    const bool stillOpen = column < least;
    least = std::min(least, column);
    for (; stillOpen; column += 2, text.remove_prefix(2)) {
      if (column == indentation) return true;
      if (!text.starts_with("- ")) break;
    }
  }
  return least == SIZE_MAX && indentation == 0;
}

bool MendedText::mayMislead(int index) const {
  return index >= firstIndented_ || lines_.contains(index);
}

std::string MendedText::text() const {
  std::string out;
  for (int index = 0; index < size(); ++index) {
    if (index > 0) out += '\n';
    out += line(index);
  }
  return out;
}

}  // namespace lianqiao::yaml
