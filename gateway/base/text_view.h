#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lianqiao/json.h"

/// JSON that people are to read, as lines for a terminal.
namespace lianqiao::base {

/// JSON for people, in whose texts no line ends: a value that somebody else wrote must not look
/// like a line of ours. Controls are left to cli/terminal.h.
class ShownJson {
 public:
  explicit ShownJson(std::string_view text);
  ShownJson(const ShownJson&) = delete;
  ShownJson& operator=(const ShownJson&) = delete;

  /// False where `text` was no JSON; then the root is null.
  explicit operator bool() const { return whole_; }
  [[nodiscard]] const json::Value& root() const { return document_.root; }

 private:
  std::string text_;
  json::Document document_;
  bool whole_;
};

/// A member's text; empty where there is none, or no object.
std::string_view textOf(const json::Value* object, std::string_view name);
inline std::string_view textOf(const json::Value& object, std::string_view name) {
  return textOf(&object, name);
}
/// A member's whole number; 0 where there is none, or no object.
std::int64_t numberOf(const json::Value* object, std::string_view name);
inline std::int64_t numberOf(const json::Value& object, std::string_view name) {
  return numberOf(&object, name);
}

/// Appends `text` and blanks up to `columns` (Chinese characters take two), and one more.
void pad(std::string& out, std::string_view text, std::size_t columns);

/// Appends a line for each member, `indent` blanks before it, objects and arrays below their names.
void appendFields(const json::Value& value, std::size_t indent, std::string& out);
/// Appends a line for each of [{"code","path","message"},…]. False, and nothing appended, where
/// `problems` is none such.
bool appendProblemLines(std::string_view problems, std::size_t indent, std::string& out);

}  // namespace lianqiao::base
