#pragma once

#include <memory>
#include <utility>

#include "base/mutex.h"

namespace lianqiao::base {

/// One immutable value that many threads read while another exchanges it. Who has taken a value
/// keeps it whole for as long as it holds the pointer. Thread-safe.
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  [[nodiscard]] std::shared_ptr<const T> get() const {
    const Lock lock(mutex_);
    return value_;
  }
  void set(std::shared_ptr<const T> value) {
    {
      const Lock lock(mutex_);
      value_.swap(value);
    }
    // The former value goes here, outside the lock: it may be the last holder of much.
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const T> value_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::base
