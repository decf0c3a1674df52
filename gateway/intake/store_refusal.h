#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "lianqiao/result.h"

namespace lianqiao::intake {

/// Whether the store refuses records of one peer for good (queue.refused): one state from the first
/// refusal until others have passed since the last one and it is a minute old, since a sender of
/// good and refused records alike would else begin and end it all the time. Thread-safe.
class StoreRefusal {
 public:
  explicit StoreRefusal(const base::Clock& clock) : clock_(clock) {}

  /// One more. True: the state begins.
  bool met(const Error& why) LIANQIAO_EXCLUDES(mutex_) {
    const base::Lock lock(mutex_);
    const bool begins = !why_;
    why_ = why;
    last_ = clock_.steady();
    if (begins) since_ = last_;
    passed_ = false;
    stands_.store(true, std::memory_order_release);
    return begins;
  }
  /// Records of the peer were stored. Cheap while nothing stands.
  void passed() LIANQIAO_EXCLUDES(mutex_) {
    if (!stands_.load(std::memory_order_acquire)) return;
    const base::Lock lock(mutex_);
    passed_ = true;
  }
  [[nodiscard]] std::optional<Error> get() const LIANQIAO_EXCLUDES(mutex_) {
    const base::Lock lock(mutex_);
    return why_;
  }
  /// Asked now and then: how long it lasted, once, where it is over.
  std::optional<std::chrono::seconds> over() LIANQIAO_EXCLUDES(mutex_) {
    const base::Lock lock(mutex_);
    if (!why_ || !passed_ || clock_.steady() - last_ < kQuiet) return std::nullopt;
    why_.reset();
    stands_.store(false, std::memory_order_release);
    return std::chrono::duration_cast<std::chrono::seconds>(last_ - since_);
  }

 private:
  static constexpr std::chrono::minutes kQuiet{1};
  const base::Clock& clock_;
  std::atomic<bool> stands_{false};
  mutable base::Mutex mutex_;
  std::optional<Error> why_ LIANQIAO_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point since_ LIANQIAO_GUARDED_BY(mutex_){};
  std::chrono::steady_clock::time_point last_ LIANQIAO_GUARDED_BY(mutex_){};
  bool passed_ LIANQIAO_GUARDED_BY(mutex_) = false;
};

}  // namespace lianqiao::intake
