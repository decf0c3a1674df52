#include "yaml/yaml_text.h"

#include <algorithm>

#include "lianqiao/text.h"

namespace lianqiao::yaml {
namespace {

std::size_t skipBlanks(std::string_view line, std::size_t at) {
  while (at < line.size() && isBlank(line[at])) ++at;
  return at;
}

/// The first character that must not stand in a configuration file. U+0004 matters most: yaml-cpp
/// takes it for the end of the file and would drop the rest without a word.
std::optional<std::size_t> controlCharacter(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    const bool endOfLine = c == '\r' && i + 1 == line.size();
    if ((c < 0x20 && c != '\t' && !endOfLine) || c == 0x7F) return i;
  }
  return std::nullopt;
}

/// Length of the longest well-formed beginning.
std::size_t wholeCharacters(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size()) {
    const auto lead = static_cast<unsigned char>(line[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!isUtf8(line.substr(i, length))) break;
    i += length;
  }
  return i;
}

}  // namespace

YamlLines::YamlLines(std::string_view text) {
  std::size_t start = 0;
  for (;;) {
    const std::size_t end = text.find('\n', start);
    lines_.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return;
    start = end + 1;
  }
}

std::string_view YamlLines::line(int index) const {
  return index >= 0 && static_cast<std::size_t>(index) < lines_.size()
             ? lines_[static_cast<std::size_t>(index)]
             : std::string_view();
}

Position YamlLines::position(int index, int byteColumn) const {
  const auto bytes = static_cast<std::size_t>(std::max(byteColumn, 0));
  const std::string_view before = line(index).substr(0, std::min(bytes, line(index).size()));
  return {std::max(index, 0) + 1, static_cast<int>(countCharacters(before)) + 1};
}

bool acceptBytes(const YamlLines& lines, const std::string& file, Findings& findings) {
  const auto add = [&](int line, std::size_t column, std::string message, std::string remedy) {
    findings.add({file,
                  lines.position(line, static_cast<int>(column)),
                  {},
                  std::move(message),
                  std::move(remedy)});
  };
  bool good = true;
  const std::string_view first = lines.line(0);
  if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF")) {
    add(0, 0, "the file is UTF-16, which Notepad calls Unicode", "save it as UTF-8");
    return false;
  }
  for (std::size_t i = 0; i < lines.all().size(); ++i) {
    const std::string_view line = lines.all()[i];
    const int index = static_cast<int>(i);
    if (!isUtf8(line)) {
      add(index, wholeCharacters(line), "the file is not UTF-8 from here on",
          "save it as UTF-8, not as GBK or GB18030");
      return false;
    }
    if (const auto control = controlCharacter(line)) {
      add(index, *control, "a control character stands here",
          "save the file as UTF-8 text; if it is, take the character out");
      good = false;
    }
  }
  return good;
}

std::optional<std::size_t> tabInIndentation(std::string_view line) {
  const std::size_t visible = skipBlanks(line, 0);
  if (visible == line.size() || line[visible] == '#' || line[visible] == '\r') return std::nullopt;
  const std::size_t tab = line.find('\t');
  return tab < visible ? std::optional(tab) : std::nullopt;
}

std::optional<std::size_t> endOfQuoted(std::string_view line, std::size_t from) {
  const char quote = line[from];
  for (std::size_t i = from + 1; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      if (quote == '"' || i + 1 == line.size() || line[i + 1] != '\'') return i + 1;
      ++i;
    }
  }
  return std::nullopt;
}

bool quotesClose(std::string_view line, std::size_t from) {
  if (from < line.size() && line[from] == '!') {
    from = skipBlanks(line, std::min(line.find_first_of(" \t", from), line.size()));
    if (from == line.size() || line[from] == '\r' || line[from] == '#') return false;
  }
  if (from >= line.size() || (line[from] != '"' && line[from] != '\'')) return true;
  return endOfQuoted(line, from).has_value();
}

bool colonFollows(std::string_view line, std::size_t from, std::string_view key) {
  if (from >= line.size()) return false;
  std::size_t end = from + key.size();
  if (line[from] == '"' || line[from] == '\'') end = endOfQuoted(line, from).value_or(line.size());
  end = skipBlanks(line, std::min(end, line.size()));
  return end < line.size() && line[end] == ':';
}

}  // namespace lianqiao::yaml
