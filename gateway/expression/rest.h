#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"

/// What of a source did not reach the record: clause *Whole* of deploy/GUARANTEES.md.
namespace lianqiao::expression {

/// Finds it, each part under its path: the highest subtree of which nothing was used as one JSON
/// text (members sorted), single values as their text. Null and empty texts are absent. Keeps its
/// memory between runs. Not thread-safe.
class Rest {
 public:
  struct Part {
    std::string_view path;  ///< In the syntax of path.h, from the root.
    std::string_view text;
    bool counts;  ///< For duplicates: false of what `ignore:` names.
  };

  /// The parts of `source` in its order. `used` and `ignored` point into it (nullptr allowed);
  /// an ignored value stands under its own path even where it was used. Names and texts together
  /// are at most `most` bytes where the source was sent in as many: where they would be more,
  /// members of the root are kept whole. REQUIRES: source is an object. Views point into it and
  /// into `memory`.
  std::span<const Part> find(const json::Value& source, std::span<const json::Value* const> used,
                             std::span<const json::Value* const> ignored, std::size_t most,
                             json::Document& memory);

 private:
  enum class Mark : std::uint8_t { none, used, ignored };
  struct Slot {
    const json::Value* value = nullptr;
    Mark mark = Mark::none;
  };
  /// A member's name, or an element's index where that is >= 0.
  struct Name {
    std::string_view text;
    std::ptrdiff_t index;
  };
  struct Container {
    std::uint32_t parent;
    Name name;
  };
  struct Leaf {
    const json::Value* value;
    std::uint32_t parent;  ///< A container; 0 = the root.
    std::uint32_t member;  ///< Of the root, that it lies in.
    Name name;
    bool counts;
  };

  void mark(std::span<const json::Value* const> values, Mark mark);
  [[nodiscard]] Mark markOf(const json::Value& value) const;
  bool visit(const json::Value& value, std::uint32_t parent, const Name& name);
  void write(const Leaf& leaf, json::Document& memory);
  void appendPath(std::uint32_t container, std::string& path) const;
  void coarsen(const json::Value& source, json::Document& memory);
  std::size_t writeAll(std::span<const Leaf> leaves, std::size_t most, json::Document& memory);

  std::vector<Slot> marks_;  ///< A hash table; size a power of two.
  std::vector<Container> containers_;
  std::vector<Leaf> leaves_;
  std::vector<Part> parts_;
  std::uint32_t member_ = 0;
  std::string buffer_;
};

}  // namespace lianqiao::expression
