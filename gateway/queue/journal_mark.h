#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/snapshot.h"

namespace lianqiao::queue {

/// What each step notes of this node in the journal (FORMAT.md, "Journal"): a word of the scripts.
/// One for all that change the queue. Thread-safe.
class JournalMark {
 public:
  /// `bound`: how many entries are kept for who reads them; 0: no journal is kept.
  explicit JournalMark(std::uint64_t bound)
      : bound_(bound), mark_(std::make_shared<const std::string>(made({}))) {}

  [[nodiscard]] bool kept() const { return bound_ > 0; }
  [[nodiscard]] std::string word() const { return *mark_.get(); }
  /// Another configuration is in force; its version has no blank.
  void setConfiguration(std::string_view version) {
    mark_.set(std::make_shared<const std::string>(made(version)));
  }

 private:
  [[nodiscard]] std::string made(std::string_view version) const {
    return kept() ? std::to_string(bound_).append(" ").append(version) : std::string();
  }

  const std::uint64_t bound_;
  base::Snapshot<std::string> mark_;
};

}  // namespace lianqiao::queue
