#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace lianqiao::test {

using namespace std::chrono_literals;

/// Lets other threads work: waits a little on a condition that nobody notifies.
inline void waitATick() {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, 5ms);
}

/// Looks until it holds, for what another thread brings about.
inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    waitATick();
  }
  return true;
}

}  // namespace lianqiao::test
