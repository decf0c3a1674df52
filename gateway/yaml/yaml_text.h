#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/yaml_node.h"

/// What can be seen in the bytes of a YAML file without parsing it, and what yaml-cpp does not
/// tell.
namespace lianqiao::yaml {

inline bool isBlank(char c) { return c == ' ' || c == '\t'; }

/// A text by lines; views into it. Immutable. Indices from 0, columns in bytes as yaml-cpp counts
/// them.
class YamlLines {
 public:
  explicit YamlLines(std::string_view text);

  [[nodiscard]] const std::vector<std::string_view>& all() const { return lines_; }
  /// Empty beyond the last.
  [[nodiscard]] std::string_view line(int index) const;
  /// From 1, columns in characters. Negative means unknown and becomes the first.
  [[nodiscard]] Position position(int index, int byteColumn) const;

 private:
  std::vector<std::string_view> lines_;
};

/// Adds what is wrong with the bytes: no UTF-8, a control character. False when something was
/// added.
bool acceptBytes(const YamlLines& lines, const std::string& file, Findings& findings);

/// A tab before the first visible character of a line that says something.
std::optional<std::size_t> tabInIndentation(std::string_view line);

/// Index behind the closing quote of the quoted text that begins at `from`; nullopt when it does
/// not end on this line. yaml-cpp takes the end of the file for a closing quote, and would swallow
/// every key between.
std::optional<std::size_t> endOfQuoted(std::string_view line, std::size_t from);

/// True when the scalar that stands at `from`, perhaps behind a tag, ends on its line if it is
/// quoted.
bool quotesClose(std::string_view line, std::size_t from);

/// True when a colon follows the key that stands at `from`. yaml-cpp takes a word alone for a key.
bool colonFollows(std::string_view line, std::size_t from, std::string_view key);

}  // namespace lianqiao::yaml
