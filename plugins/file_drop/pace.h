#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "lianqiao/result.h"

namespace lianqiao::file_drop {

/// What one call may still do of a work that goes on in the next, counted in bytes read, unpacked
/// and kept. A reader that finds it spent fails with paused() and keeps its place: called again, it
/// goes on there. Not thread-safe.
struct Pace {
  std::uint64_t left = 0;
  std::function<bool()> stopped;  ///< The gateway ends; may be empty.

  [[nodiscard]] bool hasStopped() const { return stopped && stopped(); }
  [[nodiscard]] bool spent() const { return left == 0 || hasStopped(); }
  void spend(std::uint64_t bytes) { left -= std::min(left, bytes); }
};

/// Of a call that does all of it.
inline Pace withoutEnd() {
  return {.left = std::numeric_limits<std::uint64_t>::max(), .stopped = {}};
}

/// The part of a reader of blocks in a pace that may be none: asked often, it looks once a block.
class BlockPace {
 public:
  explicit BlockPace(std::shared_ptr<Pace> pace) : pace_(std::move(pace)) {}
  void spend(std::uint64_t bytes) {
    if (!pace_) return;
    pace_->spend(bytes);
    fresh_ = true;
  }
  /// True once for each block that finds the pace spent.
  [[nodiscard]] bool pauses() { return std::exchange(fresh_, false) && pace_->spent(); }

 private:
  std::shared_ptr<Pace> pace_;
  bool fresh_ = false;
};

inline Error paused() { return Error{"paused", "goes on with the next call"}; }
inline bool isPaused(const Error& error) { return error.code == "paused"; }

}  // namespace lianqiao::file_drop
