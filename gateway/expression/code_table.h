#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "yaml/yaml_node.h"

/// A crosswalk between a peer's codes and ours, both ways (config/codes/<table>.yaml).
namespace lianqiao::expression {

using Day = std::chrono::sys_days;

/// Immutable and thread-safe after compile().
class CodeTable {
 public:
  struct Entry {
    std::vector<std::string> theirs;  ///< The first one goes out.
    std::string ours;
    std::string text;
    bool preferred = false;
    std::optional<Day> from;   ///< First day.
    std::optional<Day> until;  ///< Last day.
  };

  /// Every mistake becomes a finding; nullptr when there was one. `name` is the file's stem.
  static std::shared_ptr<const CodeTable> compile(const std::string& name,
                                                  const yaml::YamlNode& node,
                                                  yaml::Findings& findings);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Our code of unmapped ones, where the table says `unmapped: other`; else empty.
  [[nodiscard]] const std::string& other() const { return other_; }
  [[nodiscard]] const std::string& otherTheirs() const { return otherTheirs_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  /// The entry of a peer's code as sent, on that day; nullptr when the table has none.
  [[nodiscard]] const Entry* byTheirs(std::string_view code, Day day) const;
  /// The entry that our code goes out as; nullptr when the table has none.
  [[nodiscard]] const Entry* byOurs(std::string_view code, Day day) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Index =
      std::unordered_map<std::string, std::vector<const Entry*>, TextHash, std::equal_to<>>;

  static const Entry* effective(const Index& index, std::string_view code, Day day);
  bool readEntry(const yaml::YamlNode& node, yaml::Findings& findings);
  void indexEntries(const std::vector<const yaml::YamlNode*>& places, yaml::Findings& findings);

  std::string name_;
  std::string other_;
  std::string otherTheirs_;
  std::string afterLast_;
  std::vector<Entry> entries_;
  Index theirs_;
  Index ours_;
};

}  // namespace lianqiao::expression
