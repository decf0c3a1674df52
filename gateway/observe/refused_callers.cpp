#include "observe/refused_callers.h"

#include <algorithm>

#include "record/redact.h"

namespace lianqiao::observe {

void RefusedCallers::add(std::string_view address, std::string_view peer, const Error& why) {
  const WallTime now = clock_.wall();
  Key key{address, peer, why.code};
  const base::Lock lock(mutex_);
  const auto known = callers_.find(key);
  if (known == callers_.end() && callers_.size() >= kMost) {
    callers_.erase(std::min_element(
        callers_.begin(), callers_.end(),
        [](const auto& one, const auto& other) { return one.second.last < other.second.last; }));
    ++gone_;
  }
  RefusedCaller& caller = callers_[key];
  if (caller.times++ == 0) {
    std::tie(caller.address, caller.peer, caller.code) = std::move(key);
    caller.first = now;
  }
  caller.last = now;
  caller.detail = record::maskedStart(why.detail, kMostDetail);
}

std::vector<RefusedCaller> RefusedCallers::all() const {
  std::vector<RefusedCaller> all;
  {
    const base::Lock lock(mutex_);
    for (const auto& [key, caller] : callers_) all.push_back(caller);
  }
  std::stable_sort(
      all.begin(), all.end(),
      [](const RefusedCaller& one, const RefusedCaller& other) { return one.last > other.last; });
  return all;
}

std::uint64_t RefusedCallers::gone() const {
  const base::Lock lock(mutex_);
  return gone_;
}

}  // namespace lianqiao::observe
