#pragma once

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>

#include "lianqiao/roles.h"

namespace lianqiao::intake {

/// Holds a source that says `more` again and again to a bearable pace, so that one that always says
/// it keeps neither a core nor the peer busy. A batch with items is followed at once, save that
/// every kMostInRow-th takes a breath; one without items (a large file being looked through, an
/// empty window) takes a breath each time. Of one thread.
class PollPace {
 public:
  static constexpr int kMostInRow = 20;
  static constexpr int kMostRepeats = 3;
  static constexpr std::chrono::milliseconds kBreath{100};

  /// How long to wait behind a batch that became durable.
  std::chrono::milliseconds after(const Batch& batch, std::chrono::milliseconds interval) {
    if (!batch.more) {
      inRow_ = 0;
      return interval;
    }
    const bool breathes = batch.items.empty() || ++inRow_ % kMostInRow == 0;
    return breathes ? std::min(kBreath, interval) : std::chrono::milliseconds(0);
  }

  /// True when the source gave what it had given before, with the same cursor, and says there is
  /// more, kMostRepeats times in a row: it would go on like this for ever.
  bool repeats(const Batch& batch, std::string_view cursorBefore,
               std::span<const ItemVerdict> verdicts) {
    bool news = batch.items.empty() || !batch.more || batch.cursor != cursorBefore;
    for (const ItemVerdict& verdict : verdicts)
      news = news || verdict.status == ItemVerdict::Status::accepted;
    repeats_ = news ? 0 : repeats_ + 1;
    return repeats_ >= kMostRepeats;
  }

 private:
  int inRow_ = 0;
  int repeats_ = 0;
};

}  // namespace lianqiao::intake
