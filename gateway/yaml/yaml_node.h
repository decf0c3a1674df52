#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/result.h"

namespace lianqiao::yaml {

/// Where something stands in a configuration file; lines and columns from 1.
struct Position {
  int line = 0;
  int column = 0;
};

/// One finding of `lianqiao check`: `file:line:column: path: what is wrong; what would be right`.
struct Finding {
  std::string file;  ///< Relative to the configuration folder.
  Position position;
  std::string path;     ///< fields.title.from
  std::string message;  ///< What is wrong.
  /// What would be right (did-you-mean, the range, the command); may be empty.
  std::string remedy;

  [[nodiscard]] std::string text() const;
};

/// Collects every finding of one run; nothing stops at the first. The same finding twice is kept
/// once; after kMost a last one says that there are more. Not thread-safe.
class Findings {
 public:
  static constexpr std::size_t kMost = 1000;

  void add(Finding finding);
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

/// One value of a parsed YAML file with its place: what the rest of the gateway sees of YAML.
/// Immutable after reading. Scalars keep their text; nothing is guessed (`no` is the text "no",
/// `010` is "010").
class YamlNode {
 public:
  enum class Kind : std::uint8_t { null, scalar, list, map };
  struct Entry;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool isNull() const { return kind_ == Kind::null; }
  [[nodiscard]] bool isScalar() const { return kind_ == Kind::scalar; }
  [[nodiscard]] bool isList() const { return kind_ == Kind::list; }
  [[nodiscard]] bool isMap() const { return kind_ == Kind::map; }
  [[nodiscard]] const std::string& text() const { return text_; }  ///< Of a scalar; else empty.
  [[nodiscard]] bool quoted() const { return quoted_; }  ///< The scalar stood in quotes or a block.
  [[nodiscard]] const std::vector<YamlNode>& items() const { return items_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }  ///< In file order.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  [[nodiscard]] Position position() const { return position_; }
  [[nodiscard]] const std::string& file() const { return *file_; }
  /// Keys and indices from the root, `to[2].name`; of a very long one only the end.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// A Finding at this node.
  [[nodiscard]] Finding finding(std::string message, std::string remedy = {}) const;

 private:
  friend class YamlReader;
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  Position position_;
  std::shared_ptr<const std::string> file_;  // shared: every node of a file names it
  std::string path_;
  std::string text_;
  std::vector<YamlNode> items_;
  std::vector<Entry> entries_;
};

struct YamlNode::Entry {
  std::string key;
  Position position;  ///< Of the key.
  YamlNode value;
};

}  // namespace lianqiao::yaml
