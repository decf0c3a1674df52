#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/yaml_node.h"
#include "yaml/yaml_text.h"

namespace lianqiao::yaml {

/// The lines of one file and, where they were mended, what was meant: so that the rest of the file
/// can be read and all its findings stand together. Positions stay those of the file as it was
/// written. For findings only: what was mended is a guess, and nothing may run by it.
///
/// Views into `written`, which must outlive it. Indices from 0, columns in bytes of the mended
/// line. Not thread-safe.
class MendedText {
 public:
  explicit MendedText(const YamlLines& written) : written_(written) {}

  [[nodiscard]] int size() const { return static_cast<int>(written_.all().size()); }
  /// As mended so far, without the \r at its end; empty beyond the last.
  [[nodiscard]] std::string_view line(int index) const;
  /// Where that column was written.
  [[nodiscard]] Position position(int index, int column) const;
  /// Puts `by` in place of `length` bytes at `at`.
  void replace(int index, std::size_t at, std::size_t length, std::string_view by);
  /// Blanks in place of the tabs and odd blanks that indent the line; false where no number of them
  /// would fit the lines above.
  bool mendIndentation(int index);

  [[nodiscard]] bool mended() const { return !lines_.empty(); }
  /// An error of the parser at that line may come from a mend: of the line, or of an indentation
  /// above it.
  [[nodiscard]] bool mayMislead(int index) const;
  [[nodiscard]] std::string text() const;

 private:
  struct Line {
    std::string text;
    std::vector<std::size_t> written;  ///< Column of each byte as written, and of the end.
  };
  [[nodiscard]] bool fits(int index, std::size_t indentation) const;

  const YamlLines& written_;
  std::map<int, Line> lines_;      ///< Those that differ.
  int firstIndented_ = INT32_MAX;  ///< Of those whose indentation was mended.
};

/// A character that looks like a blank and is none.
struct OddBlank {
  std::string_view bytes;
  std::string_view name;
  std::size_t width;  ///< In half-width blanks, as editors show it.
};
/// nullptr where `text` begins with none.
[[nodiscard]] const OddBlank* oddBlankAt(std::string_view text);
/// The one that `text` ends with.
[[nodiscard]] const OddBlank* oddBlankBefore(std::string_view text);

}  // namespace lianqiao::yaml
