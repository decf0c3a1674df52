#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"
#include "lianqiao/result.h"

/// Paths into a source (`a.b[0].c`, `"a.b".c`, `$`) and the one-pass binding of all paths that a
/// mapping reads, so that a record's members are looked at once, not once per field.
namespace lianqiao::expression {

/// One step: an element's index where `index` >= 0, else a member's name.
struct Step {
  std::string name;
  int index = -1;
  bool operator==(const Step&) const = default;
};

/// `a.b[0].c`; a name may hold any character but . [ ] and quotes; "…" or '…' quotes a name that
/// does, is empty, or is `$`. Within quotes the same quote twice stands for one.
/// `$` alone is the whole (no steps); a leading `$.` is allowed. Fails with config.invalid.
Result<std::vector<Step>> parsePath(std::string_view text);

/// The same path in the one form that sourceFields has.
[[nodiscard]] std::string pathText(const std::vector<Step>& steps);
/// `name` as parsePath reads it; quoted where it must be.
void appendName(std::string_view name, std::string& path);
/// Such a name needs no quotes.
[[nodiscard]] bool isPlainName(std::string_view name);

/// The value there; nullptr where the path leads to nothing.
[[nodiscard]] const json::Value* valueAt(const json::Value& from, const std::vector<Step>& steps);

/// Where the values of one scope stand: `slot` n is the value of the n-th node of the shape,
/// nullptr where the source has none. Filled by SourceShape::bind.
using Slots = std::vector<const json::Value*>;

/// The tree of all paths read in one scope (the source, or one element of an `each`). Built while a
/// mapping is compiled, then immutable and thread-safe.
class SourceShape {
 public:
  SourceShape() : nodes_(1) {}

  /// The slot of that path.
  std::size_t add(const std::vector<Step>& steps);
  /// What is added from now on tells one revision from another.
  void beginContent() { inContent_ = true; }
  /// The slots at and below that path that were added since.
  [[nodiscard]] std::vector<std::size_t> contentSlotsBelow(const std::vector<Step>& steps) const;
  /// Some path begins with that member of the root.
  [[nodiscard]] bool namesMember(std::string_view name) const;
  /// The members below that path that some path names.
  [[nodiscard]] std::vector<std::string_view> membersBelow(const std::vector<Step>& steps) const;
  /// Some path ends there.
  [[nodiscard]] bool reads(const std::vector<Step>& steps) const;
  /// Builds the look-up tables; call once after the last add().
  void seal();
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// Members of the root that some path reads, in the order of add().
  [[nodiscard]] std::vector<std::string> rootNames() const;

  /// Makes slots[base, base + size()) the values of `source`; slots behind `base` are discarded.
  void bind(const json::Value& source, Slots& slots, std::size_t base) const;

 private:
  struct Child {
    Step step;
    std::size_t node;
    std::uint64_t hash;  // of the name
  };
  struct PathNode {
    std::vector<Child> children;
    // Of named children: index + 1, 0 = free; size a power of two.
    std::vector<std::uint16_t> table;
    bool byIndex = false;
    bool isRead = false;
    bool inContent = false;
  };
  /// nullptr where no path leads there.
  [[nodiscard]] const PathNode* nodeOf(const std::vector<Step>& steps) const;
  [[nodiscard]] const Child* childOf(const PathNode& node, std::string_view name) const;
  void bindNode(std::size_t node, const json::Value& value, const json::Value** slots) const;

  std::vector<PathNode> nodes_;
  bool inContent_ = false;
};

}  // namespace lianqiao::expression
