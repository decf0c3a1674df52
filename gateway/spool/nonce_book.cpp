#include "spool/nonce_book.h"

namespace lianqiao::spool {

bool NonceBook::add(std::string_view nonce, WallTime until, WallTime now) {
  const base::Lock lock(mutex_);
  while (!order_.empty() && order_.begin()->first <= now.time_since_epoch().count())
    erase(order_.begin());
  const auto [entry, fresh] = known_.try_emplace(std::string(nonce));
  if (!fresh) return false;
  entry->second = order_.emplace(until.time_since_epoch().count(), entry->first);
  if (known_.size() > most_) erase(order_.begin());
  return true;
}

void NonceBook::remove(std::string_view nonce) {
  const base::Lock lock(mutex_);
  const auto found = known_.find(std::string(nonce));
  if (found != known_.end()) erase(found->second);
}

void NonceBook::erase(Order::iterator entry) {
  const auto known = known_.find(std::string(entry->second));
  order_.erase(entry);
  known_.erase(known);
}

}  // namespace lianqiao::spool
