#include "runtime/outage_notes.h"

namespace lianqiao::runtime {

void OutageNotes::add(const std::string& peer, const review::Outage& outage) {
  const base::Lock lock(mutex_);
  if (waiting_.size() >= kMost) waiting_.pop_front();
  waiting_.emplace_back(peer, outage);
}

Result<void> OutageNotes::takeUp(review::PeerSigns& signs, const std::string& node,
                                 const std::string& peer, PeerWatch& watch) {
  if (takenUp_.contains(peer)) return {};
  const auto outages = signs.outages(peer);
  if (!outages) return outages.error();
  takenUp_.insert(peer);
  for (const review::Outage& outage : *outages)
    if (!outage.end && outage.node == node) watch.takeUp(peer, outage);
  return {};
}

void OutageNotes::write(review::PeerSigns& signs) {
  for (;;) {
    std::pair<std::string, review::Outage> next;
    {
      const base::Lock lock(mutex_);
      if (waiting_.empty()) return;
      next = waiting_.front();
    }
    if (!signs.noteOutage(next.first, next.second)) return;
    const base::Lock lock(mutex_);
    if (!waiting_.empty()) waiting_.pop_front();
  }
}

}  // namespace lianqiao::runtime
