#pragma once

#include <deque>
#include <set>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "review/peer_signs.h"
#include "runtime/peer_watch.h"

namespace lianqiao::runtime {

/// Outages on their way to where they outlive this process: what PeerWatch tells is kept here until
/// Redis has it. Thread-safe, but write() and takeUp() are for one thread.
class OutageNotes {
 public:
  /// So many wait; then the oldest one is lost.
  static constexpr std::size_t kMost = 256;

  void add(const std::string& peer, const review::Outage& outage) LIANQIAO_EXCLUDES(mutex_);
  /// Gives `watch` what `node` has begun to note of that peer before its start and not seen end;
  /// once for each peer. Fails with queue.unavailable.
  Result<void> takeUp(review::PeerSigns& signs, const std::string& node, const std::string& peer,
                      PeerWatch& watch);
  /// What could not be written waits for the next call.
  void write(review::PeerSigns& signs) LIANQIAO_EXCLUDES(mutex_);

 private:
  std::set<std::string> takenUp_;  // peers
  base::Mutex mutex_;
  std::deque<std::pair<std::string, review::Outage>> waiting_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::runtime
