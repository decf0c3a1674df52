#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lianqiao/json.h"

namespace lianqiao::expression {

/// The values of a source that reach the record, noted while its mapping runs: what an expression
/// took, where its result was not absent and tells what was taken. The rest of the source goes
/// where `rest:` says (rest.h). A stack, for expressions stand within expressions. Reads of
/// conditions are never noted. Not thread-safe; the source must outlive the notes.
class Uses {
 public:
  /// Forgets all; `wanted`: notes are taken at all.
  void clear(bool wanted) {
    taken_.clear();
    base_ = 0;
    wanted_ = wanted;
  }

  /// An expression begins; hand what is returned to end().
  [[nodiscard]] std::size_t begin() {
    const std::size_t outer = base_;
    base_ = taken_.size();
    return outer;
  }
  /// It ends. `kept`: its result goes on; else what it took is forgotten.
  void end(std::size_t outer, bool kept) {
    if (!kept) taken_.resize(base_);
    base_ = outer;
  }

  void take(const json::Value& value) {
    if (wanted_) taken_.push_back(&value);
  }
  /// A value that becomes a text: of a coded value the code alone is taken.
  void takeText(const json::Value& value) {
    if (!value.isObject()) return take(value);
    if (const json::Value* const code = value.find("code")) take(*code);
  }
  /// What the expression makes does not tell what it has taken so far: cut, or one of several.
  void lose() { taken_.resize(base_); }

  [[nodiscard]] bool wanted() const { return wanted_; }
  [[nodiscard]] std::span<const json::Value* const> taken() const { return taken_; }

 private:
  std::vector<const json::Value*> taken_;
  std::size_t base_ = 0;
  bool wanted_ = false;
};

}  // namespace lianqiao::expression
