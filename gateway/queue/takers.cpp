#include "queue/takers.h"

namespace lianqiao::queue {

void Takers::set(std::string_view peer, std::shared_ptr<Taker> taker) {
  std::shared_ptr<Taker> former = std::move(taker);  // goes once the lock is free
  const base::Lock lock(mutex_);
  takers_[std::string(peer)].swap(former);
}

void Takers::remove(std::string_view peer, const Taker* taker) {
  std::shared_ptr<Taker> former;
  const base::Lock lock(mutex_);
  const auto found = takers_.find(peer);
  if (found == takers_.end() || found->second.get() != taker) return;
  former.swap(found->second);
  takers_.erase(found);
}

std::shared_ptr<Taker> Takers::find(std::string_view peer) const {
  const base::Lock lock(mutex_);
  const auto found = takers_.find(peer);
  return found == takers_.end() ? nullptr : found->second;
}

void Takers::wake(std::string_view peer) const {
  if (const auto taker = find(peer)) taker->wake();
}

}  // namespace lianqiao::queue
