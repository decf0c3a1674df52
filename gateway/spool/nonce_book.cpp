#include "spool/nonce_book.h"

namespace lianqiao::spool {

NonceBook::Entry NonceBook::add(std::string_view nonce, std::string_view use, WallTime until,
                                WallTime now) {
  const base::Lock lock(mutex_);
  while (!order_.empty() && order_.begin()->first <= now.time_since_epoch().count())
    erase(order_.begin());
  const auto [entry, fresh] = known_.try_emplace(std::string(nonce));
  Known& known = entry->second;
  if (!fresh) return !use.empty() && known.use == use ? Entry::same_use : Entry::other_use;
  known = {std::string(use), order_.emplace(until.time_since_epoch().count(), entry->first)};
  if (known_.size() > most_) erase(order_.begin());
  return Entry::fresh;
}

void NonceBook::remove(std::string_view nonce) {
  const base::Lock lock(mutex_);
  const auto found = known_.find(std::string(nonce));
  if (found != known_.end()) erase(found->second.place);
}

void NonceBook::erase(Order::iterator entry) {
  const auto known = known_.find(std::string(entry->second));
  order_.erase(entry);
  known_.erase(known);
}

}  // namespace lianqiao::spool
