#include "http/caller_connections.h"

namespace lianqiao::http {

bool CallerConnections::hasRoom(const base::IpAddress& caller) const {
  const auto found = callers_.find(caller);
  return found == callers_.end() ? most_ > 0 : found->second.count < most_;
}

void CallerConnections::enter(std::uint32_t slot, const base::IpAddress& caller) {
  if (slot >= of_.size()) of_.resize(slot + 1);
  if (slot >= places_.size()) places_.resize(slot + 1);
  of_[slot] = &*callers_.try_emplace(caller).first;
  ++of_[slot]->second.count;
}

void CallerConnections::leave(std::uint32_t slot) {
  if (slot >= of_.size() || of_[slot] == nullptr) return;
  Callers::value_type& entry = *of_[slot];
  of_[slot] = nullptr;
  entry.second.lines.move(places_, slot, WaitingLines::Line::none);
  if (--entry.second.count == 0) callers_.erase(base::IpAddress(entry.first));
}

void CallerConnections::wait(std::uint32_t slot, WaitingLines::Line line, bool anew) {
  if (slot >= of_.size() || of_[slot] == nullptr) return;
  if (anew || places_[slot].line != line) of_[slot]->second.lines.move(places_, slot, line);
}

std::optional<std::uint32_t> CallerConnections::first(const base::IpAddress& caller) const {
  const auto found = callers_.find(caller);
  return found == callers_.end() ? std::nullopt : found->second.lines.first();
}

}  // namespace lianqiao::http
